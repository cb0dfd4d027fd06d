/** A run's events to an MLflow server, by its REST API: `train(config, { onEvent: mlflow() })`. */
export function mlflow(server = process.env.MLFLOW_TRACKING_URI ?? 'http://127.0.0.1:5000') {
  let id;
  const post = async (path, body) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
    const response = await fetch(`${server}/api/2.0/mlflow/runs/${path}`, init);
    if (!response.ok) throw new Error(`MLflow: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const log = (step, figures) => {
    const known = Object.entries(figures).filter(([, value]) => typeof value === 'number');
    const metrics = known.map(([key, value]) => ({ key, value, step, timestamp: Date.now() }));
    return post('log-batch', { run_id: id, metrics });
  };
  const tell = async (event) => {
    if (event.event === 'start') {
      const begun = { experiment_id: '0', run_name: event.name, start_time: Date.now() };
      id = (await post('create', begun)).run.info.run_id;
      const facts = ['seed', 'threads', 'batchSize', 'epochs', 'parameters', 'engine', 'runDir'];
      const params = facts.map((key) => ({ key, value: String(event[key]) }));
      await post('log-batch', { run_id: id, params });
    } else if (event.event === 'epoch') {
      const { trainLoss, validLoss, learningRate, validMetrics } = event;
      await log(event.epoch, { trainLoss, validLoss, learningRate, ...prefixed('valid_', validMetrics) });
    } else if (event.event === 'done') {
      await log(event.epochs, { testLoss: event.testLoss, ...prefixed('test_', event.testMetrics) });
      await post('update', {
        run_id: id,
        status: event.stopped ? 'KILLED' : 'FINISHED',
        end_time: Date.now(),
      });
    }
  };
  // One after another; the run waits for them at its end, and not before. A server that is away ends no run.
  let last = Promise.resolve();
  return (event) => {
    last = last.then(() => tell(event)).catch((error) => console.error(error.message));
    return last;
  };
}

const prefixed = (prefix, figures) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [prefix + name, value]));
