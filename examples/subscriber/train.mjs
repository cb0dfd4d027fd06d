/** Trains what a configuration file describes, and tells MLflow: `node examples/subscriber/train.mjs config/xor.yaml`. */
import { train } from 'gradpool';
import { mlflow } from './mlflow.mjs';

const { summary } = await train(process.argv[2], { runDir: true, onEvent: mlflow() });
console.log(`${summary.runDir}: test loss ${summary.testLoss?.toFixed(4)}`);
