"""A run's events to Weights & Biases: gradpool train config.yaml --json | python3 wandb_log.py PROJECT"""
import json
import sys

import wandb

for line in sys.stdin:
    event = json.loads(line)
    if event['event'] == 'start':
        facts = {key: value for key, value in event.items() if not isinstance(value, (list, dict))}
        run = wandb.init(project=sys.argv[1], name=event['name'], config=facts)
    elif event['event'] == 'epoch':
        figures = {'train loss': event['trainLoss'], 'valid loss': event['validLoss'], 'learning rate': event['learningRate']}
        run.log({**figures, **{f'valid {name}': value for name, value in event['validMetrics'].items()}}, step=event['epoch'])
    elif event['event'] == 'done':
        run.summary.update({'test loss': event['testLoss'], 'weights hash': event['weightsHash'], **event['testMetrics']})
        run.finish()
