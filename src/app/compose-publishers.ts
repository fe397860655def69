import { resolve } from 'node:path';
import { createKits } from '../adapters/publishers/kits.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { platformNames } from '../domain/platforms.ts';
import type { QueueItem } from '../domain/queue.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { Records } from '../ports/records.ts';
import type { Config } from './config.ts';
import { publishTargets } from './publish-config.ts';

/** What publishers are put together from. */
export type PublisherParts = {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly records: Records;
  readonly ledger: Ledger;
};

/** Opens the publisher of an item when it is first asked for; the same one serves all items that go the same way. */
export function openPublishers(
  parts: PublisherParts,
): (item: Pick<QueueItem, 'target' | 'channelId' | 'outFolder'>) => Promise<Publisher> {
  const opened = new Map<string, Promise<Publisher>>();
  return (item) => {
    const key = JSON.stringify([item.target, item.channelId, item.outFolder]);
    const publisher = opened.get(key) ?? openPublisher(item, parts);
    opened.set(key, publisher);
    // What could not be opened may be another time: somebody signs in while a worker runs.
    publisher.catch(() => opened.delete(key));
    return publisher;
  };
}

/** @throws input.target_unknown, and what opening the target throws */
async function openPublisher(
  { target, channelId, outFolder }: Pick<QueueItem, 'target' | 'channelId' | 'outFolder'>,
  { config, env, cwd, records, ledger }: PublisherParts,
): Promise<Publisher> {
  switch (target) {
    case 'youtube': {
      const { openYouTubePublisher } = await import('./compose-youtube-publisher.ts');
      return openYouTubePublisher({ config, env, records, ledger, channelId });
    }
    case 'instagram': {
      const { openInstagramPublisher } = await import('./compose-instagram-publisher.ts');
      return openInstagramPublisher({ config, env, records });
    }
    case 'kits':
      return createKits({
        folder: outFolder ?? resolve(cwd, config.publish.outFolder),
        platforms: platformNames,
      });
    case 'webhook': {
      const { openWebhookPublisher } = await import('./compose-webhook-publisher.ts');
      return openWebhookPublisher({ config, env, records });
    }
    default:
      throw new PatternPivotError('input.target_unknown', `Nothing can be published to "${target ?? ''}".`, {
        hint: `There are ${publishTargets.join(', ')}.`,
      });
  }
}
