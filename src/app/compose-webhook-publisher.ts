import { PatternPivotError } from '../domain/errors.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { Records } from '../ports/records.ts';
import type { Config } from './config.ts';

/** What a publisher by webhook is opened with. */
export type WebhookPublisherParts = {
  readonly config: Pick<Config, 'publish'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly records: Records;
};

/** Publishing by the webhook of the settings. Nothing is sent yet. @throws input.no_webhook, input.webhook_secret */
export async function openWebhookPublisher({
  config,
  env,
  records,
}: WebhookPublisherParts): Promise<Publisher> {
  const { url, network, filmsFolder, filmsUrl, timeoutSeconds } = config.publish.webhook;
  if (url === undefined) {
    throw new PatternPivotError('input.no_webhook', 'No webhook is set.', {
      hint: 'Set publish.webhook.url, and PATTERNPIVOT_WEBHOOK_SECRET (docs/publishing.md#webhook).',
    });
  }
  const { createWebhookPublisher } = await import('../adapters/publishers/webhook.ts');
  return createWebhookPublisher({
    address: url,
    secret: env['PATTERNPIVOT_WEBHOOK_SECRET'] ?? '',
    records,
    network,
    timeoutMs: timeoutSeconds * 1000,
    ...(filmsFolder === undefined || filmsUrl === undefined
      ? {}
      : { shown: { folder: filmsFolder, url: filmsUrl } }),
  });
}
