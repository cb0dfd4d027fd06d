/**
 * The parent's side of one child process of the fuzzer: sends it cases, and watches the clock and whether it is
 * alive. Judges nothing.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Case } from './fuzz.js';

/** What the promise allows for one case, from answer to answer. */
const limitMs = 1000;
/** For a case that is tried again: of the clock, so that a machine which is busy with something else is not taken for it. */
const patientMs = 5000;
const lookMs = 100;
/** For starting and ending, which are no case: however busy the machine. */
const patienceMs = 30_000;
/** So small that a runaway ends soon, and that garbage is not taken for growth. */
const memory = ['--expose-gc', '--max-old-space-size=192', '--max-semi-space-size=2'];

/** The child process ended, or something was still going on when it was to end. */
export class Death extends Error {
  override name = 'Death';

  constructor(
    message: string,
    /** The case that it was busy with, or the last one. */
    readonly during: Case,
  ) {
    super(message);
  }
}

export class Child {
  private readonly folder = mkdtempSync(join(tmpdir(), 'gradpool-fuzz-'));
  private readonly process: ChildProcess;
  private readonly ended: Promise<string>;
  private stderr = '';
  private last: Case | undefined;
  private heard: (message: Answer | 'ready') => void = () => {};

  private constructor() {
    this.process = fork(new URL('./fuzz-child.js', import.meta.url), [this.folder], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: memory,
    });
    this.process.on('message', (message) => this.heard(message as Answer | 'ready'));
    this.process.stderr?.on('data', (text) => {
      this.stderr = (this.stderr + text).slice(0, 4000);
    });
    // Not its event `close`, which does not come once the channel was closed from here.
    const exited = new Promise<string>((resolve) => {
      this.process.on('error', (error) => resolve(String(error)));
      this.process.on('exit', (code, signal) => resolve(code === 0 ? '' : `ended with ${signal ?? code}`));
    });
    const told = new Promise((resolve) => this.process.stderr?.on('close', resolve));
    this.ended = Promise.all([exited, told]).then(([how]) => how);
  }

  static async start(): Promise<Child> {
    const child = new Child();
    const ready = new Promise<string>((resolve) => {
      child.heard = () => resolve('ready');
    });
    const come = await Promise.race([ready, child.ended, later(patienceMs)]);
    if (come === 'ready') return child;
    await child.kill();
    throw new Error(`the fuzzer's child process did not start: ${come} ${child.stderr}`);
  }

  /**
   * Has the cases tried one after another; `judge` gets each answer, and may throw.
   * @param again whether it is the processor's time that is limited, and the clock only for what waits or never ends
   * @returns the first that took longer than the limit, after which nothing more is to be had from this child
   * @throws Death
   */
  run(
    cases: readonly Case[],
    judge: (one: Case, answer: Answer) => void,
    again = false,
  ): Promise<Case | undefined> {
    let answered = 0;
    let since = performance.now();
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearInterval(timer);
        this.heard = () => {};
        act();
      };
      const timer = setInterval(() => {
        if (performance.now() - since > (again ? patientMs : limitMs)) finish(() => resolve(cases[answered]));
      }, lookMs);
      this.heard = (message) => {
        if (message === 'ready') return;
        const one = cases[answered++];
        this.last = one;
        since = performance.now();
        if ((again ? message.cpuMs : message.ms) > limitMs) return finish(() => resolve(one));
        try {
          judge(one, message);
        } catch (error) {
          return finish(() => reject(error));
        }
        if (answered === cases.length) finish(() => resolve(undefined));
      };
      this.ended.then((how) => {
        const one = cases[Math.min(answered, cases.length - 1)];
        finish(() => reject(new Death(`the process ${how}\n${this.stderr}`, one)));
      });
      this.process.send(cases);
    });
  }

  /** Lets it end by itself, which it does when nothing is going on in it any more. @throws Death */
  async end(): Promise<void> {
    this.process.disconnect();
    const how = await Promise.race([this.ended, later(patienceMs)]);
    if (how && this.last)
      throw new Death(`after its last case, the process ${how}\n${this.stderr}`, this.last);
  }

  /** Ends it, if it still runs, and clears away what it wrote. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function later(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, ms, `still ran after ${ms / 1000} s`).unref());
}
