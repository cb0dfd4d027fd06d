/** What the server tells, as far as this page shows it: src/events.ts, src/insights.ts and src/watch/runs.ts have all of it. */

/** Numbers may be null where JSON has no word for them. */
export type Value = number | null;

export interface Shares {
  readonly compute: number;
  readonly wait: number;
  readonly update: number;
  readonly other: number;
}

export interface Start {
  readonly event: 'start';
  readonly at?: string;
  readonly name: string;
  readonly engine: string;
  readonly precision: string;
  readonly threads: number;
  readonly activeThreads: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly network: readonly number[];
  readonly parameters: number;
  readonly trainRows: number;
  readonly validationRows: number;
  readonly testRows: number;
  readonly monitor: string;
  readonly notes?: readonly string[];
}

export interface Progress {
  readonly event: 'progress';
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly trainLoss: Value;
  readonly examplesPerSecond: Value;
  readonly secondsLeft: Value;
}

export interface Epoch {
  readonly event: 'epoch';
  readonly epoch: number;
  readonly step: number;
  readonly trainLoss: Value;
  readonly validLoss: Value;
  readonly validMetrics: Readonly<Record<string, unknown>>;
  readonly trainSeconds: number;
  readonly examplesPerSecond: Value;
  readonly learningRate: Value;
}

/** A row, and what the network makes of it. */
export interface Example {
  readonly row: number;
  readonly loss?: Value;
  readonly target: string | readonly Value[];
  readonly output: readonly Value[];
  readonly predicted?: string;
  readonly picture?: { width: number; height: number; channels: number; bytes: string };
  readonly cells?: Readonly<Record<string, string | number | null>>;
}

/** Some rows for validation after a step, for those who watch. */
export interface Sample {
  readonly event: 'sample';
  readonly step: number;
  readonly examples: readonly Example[];
  readonly time: Shares;
}

export interface Insights {
  readonly event: 'insights';
  readonly part: string;
  readonly rows: number;
  readonly worst: readonly Example[];
}

export interface Done {
  readonly event: 'done';
  readonly at?: string;
  readonly epochs: number;
  readonly steps: number;
  readonly trainSeconds: number;
  readonly examplesPerSecond: Value;
  readonly bestStep: number;
  readonly monitor: string;
  readonly bestValue: Value;
  readonly testLoss: Value;
  readonly testMetrics: Readonly<Record<string, unknown>>;
  readonly weightsHash: string;
  readonly peakMemoryBytes: number;
  readonly stopped: boolean;
  readonly learnedEnough: boolean;
  readonly time: Shares;
}

/** What is told in a line. */
export type Other =
  | { readonly event: 'resume'; readonly step: number }
  | { readonly event: 'checkpoint'; readonly step: number; readonly best: boolean }
  | {
      readonly event: 'fault';
      readonly at: string;
      readonly step: number;
      readonly worker: Value;
      readonly message: string;
    };

export type Told = Start | Progress | Epoch | Sample | Insights | Done | Other;

export type State = 'running' | 'done' | 'stopped' | 'killed' | 'broken';

/** A run in the list. */
export interface Row {
  readonly name: string;
  readonly state: State;
  readonly problem?: string;
  /** Whether its last line is damaged, which the page is not sent. */
  readonly isCut: boolean;
  readonly at: string | null;
  readonly epoch: Value;
  readonly epochs: Value;
  readonly step: Value;
  readonly totalSteps: Value;
  readonly trainLoss: Value;
  readonly validLoss: Value;
  readonly examplesPerSecond: Value;
  readonly secondsLeft: Value;
  readonly monitor: string | null;
  readonly bestValue: Value;
}

/** What the page was given. */
export interface Given {
  readonly folder: string;
  readonly selected: string | null;
  /** The run of the program that shows it, which it can stop. */
  readonly own: string | null;
}
