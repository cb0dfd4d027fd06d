/** What the examples of subscribers talk to, made up: an MLflow server, and the Python package wandb. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** What was sent to a server: the call, and its body. */
export interface Sent {
  readonly call: string;
  readonly body: Record<string, unknown>;
}

/** As MLflow's REST API 2.0 answers `runs/create`, `runs/log-batch` and `runs/update`. */
export async function fakeMlflow() {
  const sent: Sent[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const call = `${request.method} ${request.url}`;
    sent.push({ call, body: JSON.parse(Buffer.concat(parts).toString()) });
    const known = /^POST \/api\/2\.0\/mlflow\/runs\/(create|log-batch|update)$/.exec(call);
    const answer = known?.[1] === 'create' ? { run: { info: { run_id: 'run-1' } } } : {};
    response.writeHead(known === null ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, sent, close: () => server.close() };
}

const WANDB = `
import json, os

class Run:
    def __init__(self, told):
        self.told, self.summary = [told], {}
    def log(self, figures, step):
        self.told.append([step, figures])
    def finish(self):
        with open(os.environ['GRADPOOL_TEST_FOLDER'] + '/wandb.json', 'w') as file:
            json.dump(self.told + [self.summary], file)

def init(project, name, config):
    return Run([project, name, config])
`;

/** A module `wandb` in a folder, which must be in PYTHONPATH; what it was told lies beside it once a run is finished. */
export function fakeWandb(folder: string): { told: () => unknown[] } {
  writeFileSync(join(folder, 'wandb.py'), WANDB);
  return { told: () => JSON.parse(readFileSync(join(folder, 'wandb.json'), 'utf8')) };
}
