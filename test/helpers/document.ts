/** Documents that are executed: their fenced blocks, and a folder in which what they say is typed. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonWith } from './python.js';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A fenced block of Markdown. */
export interface Block {
  /** The first word after the fence. */
  readonly language: string;
  /** What comes after it: the file that the block is, or nothing. */
  readonly file: string;
  readonly text: string;
  /** Of its fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a document, in their order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)(?: ([^\n]+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1],
    file: match[2] ?? '',
    text: match[3],
    line: markdown.slice(0, match.index).split('\n').length,
  }));
}

/**
 * A folder as somebody has it who has cloned and built the project: what users need of it is there, and `npx gradpool`
 * in `env` is that build, by no way round. (npx itself takes a second each time, and is none of ours.)
 * @param more files and folders of the project that are copied too
 */
export function cloneOf(more: readonly string[] = []) {
  const path = mkdtempSync(join(tmpdir(), 'gradpool-document-'));
  for (const part of ['package.json', 'config', ...more]) {
    cpSync(join(root, part), join(path, part), { recursive: true });
  }
  for (const part of ['dist', 'node_modules']) symlinkSync(join(root, part), join(path, part));
  const bin = join(path, '.bin');
  mkdirSync(bin);
  const cli = join(root, 'dist/src/cli.js');
  const script = (name: string, lines: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  script('npx', `[ "$1" = gradpool ] || exit 99\nshift\nexec '${process.execPath}' '${cli}' "$@"`);
  script('node', `exec '${process.execPath}' "$@"`);
  const python = pythonWith('numpy');
  if (python !== undefined) script('python3', `exec '${execPathOf(python)}' "$@"`);
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  return { path, env, remove: () => rmSync(path, { recursive: true, maxRetries: 5 }) };
}

/** The program itself: a script that is called by the name of its own folder's script would call itself. */
function execPathOf(python: string): string {
  return execFileSync(python, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}
