/** A page as the server sees it: server-sent events over a plain connection. */
import { type ClientRequest, get, type IncomingMessage } from 'node:http';

export class Page {
  readonly #seen: { kind: string; data: string }[] = [];
  #told: (() => void)[] = [];
  #rest = '';
  /** The last id. */
  cursor = '';

  private constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (text) => this.#take(text));
    response.on('error', () => {});
  }

  /** @param url of the page, token and all */
  static open(url: string, run: string, headers: Record<string, string> = {}): Promise<Page> {
    const address = new URL(url);
    address.pathname = '/events';
    address.searchParams.set('run', run);
    return new Promise((resolve, reject) => {
      const request = get(address, { headers }, (response) => {
        if (response.statusCode === 200) resolve(new Page(request, response));
        else reject(new Error(`status ${response.statusCode}`));
      });
      request.on('error', reject);
    });
  }

  /** The events of the run so far. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever was written
  get told(): any[] {
    const data = this.#seen.filter(({ kind }) => kind === 'told').map((one) => one.data);
    return data.flatMap((text) => text.split('\n').map((line) => JSON.parse(line)));
  }

  count(kind: string): number {
    return this.#seen.filter((one) => one.kind === kind).length;
  }

  /** What came of a kind: of the last when there are so many; null where it is nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever was written
  async until(kind: string, count = 1): Promise<any> {
    while (this.count(kind) < count) await new Promise<void>((resolve) => this.#told.push(resolve));
    const { data } = this.#seen.findLast((one) => one.kind === kind) ?? { data: '' };
    return kind === 'told' || data === '' ? null : JSON.parse(data);
  }

  close(): void {
    this.request.destroy();
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\n\n');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) {
      const fields = message.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line) ?? ['', '', '']);
      const of = (name: string) => fields.filter((field) => field[1] === name).map((field) => field[2]);
      this.cursor = of('id')[0] ?? this.cursor;
      this.#seen.push({ kind: of('event')[0] ?? '', data: of('data').join('\n') });
    }
    for (const resolve of this.#told.splice(0)) resolve();
  }
}
