/** What a network is to learn, as far as metrics care. */
import type { Loss } from '../losses/loss.js';

/**
 * classification: one of many classes, the largest output. binary: yes or no, one output on either side of 0.5.
 * multi-label: several of these in a row. regression: values.
 */
export type LearningTask = 'classification' | 'binary' | 'multi-label' | 'regression';

/** It follows from what the loss takes its targets for and from what they are; `class`: one class a row. */
export function learningTask(loss: Loss, targetType: 'class' | 'values', outputs: number): LearningTask {
  if (loss.targets === 'classes') return 'classification';
  if (targetType === 'class') return outputs > 1 ? 'classification' : 'binary';
  if (loss.targets === 'values') return 'regression';
  return outputs > 1 ? 'multi-label' : 'binary';
}
