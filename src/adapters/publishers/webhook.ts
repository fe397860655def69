import { setTimeout as wait } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { platformNames, platformRules, type PlatformName } from '../../domain/platforms.ts';
import { hashFile } from '../../media/hash-file.ts';
import type { Publication, Published, Publisher } from '../../ports/publisher.ts';
import type { Records } from '../../ports/records.ts';
import { messageId, readSecret, writeMessage } from './webhook-message.ts';
import { holdDelivery, readDelivery, type Delivery, type HeldDelivery } from './webhook-record.ts';
import {
  describeWebhook,
  isTaken,
  postMessage,
  type WebhookAnswer,
  type WebhookRules,
} from './webhook-request.ts';

/** Films told to a receiver of yours, signed, until it has taken the message: once each. */

/** How often and when a message is sent again. */
export type WebhookRetries = {
  /** What is waited before each further try, in ms; half of it to all of it, by chance, so that many do not come at one moment. */
  readonly delaysMs: readonly number[];
  /** The longest `Retry-After` that is waited for, in ms; what is longer ends the run. */
  readonly longestWaitMs: number;
};

/** Six tries in about a minute and a half; the queue comes back to what failed. Waits stay under half of a lease. */
const usualRetries: WebhookRetries = { delaysMs: [1000, 4000, 12_000, 30_000, 60_000], longestWaitMs: 240_000 };

/** The usual time of one request, in ms: the specification advises 15 to 30 s. */
const usualTimeoutMs = 20_000;

/** What a webhook is opened with. */
export type WebhookOptions = {
  /** An address that was checked: https, or this machine's. */
  readonly address: string;
  /** `whsec_…` */
  readonly secret: string;
  readonly records: Pick<Records, 'get' | 'put'>;
  /** Default: false. */
  readonly allowPrivate?: boolean;
  /** Whose texts are sent along; default: all. */
  readonly platforms?: readonly PlatformName[];
  readonly retries?: WebhookRetries;
  readonly timeoutMs?: number;
  readonly lookup?: WebhookRules['lookup'];
  /** Ms since 1970. */
  readonly now?: () => number;
};

/** Publishing by a webhook in the form of Standard Webhooks. @throws input.webhook_secret */
export function createWebhookPublisher(options: WebhookOptions): Publisher {
  const { records, platforms = platformNames, now = Date.now } = options;
  const address = new URL(options.address);
  const sign = readSecret(options.secret);
  const rules: WebhookRules = {
    allowPrivate: options.allowPrivate ?? false,
    timeoutMs: options.timeoutMs ?? usualTimeoutMs,
    lookup: options.lookup,
  };
  const retries = options.retries ?? usualRetries;

  /** Sends it until it is taken. @throws provider.webhook_*, input.webhook_private */
  async function deliver(held: HeldDelivery, publication: Publication, signal: AbortSignal): Promise<Delivery> {
    const id = messageId(publication);
    const body = writeMessage(publication, { at: held.delivery.startedAt, platforms });
    for (let attempt = 0; ; attempt++) {
      await held.beginTry();
      let delayMs = jitter(retries.delaysMs[attempt]);
      let failure: PatternPivotError;
      try {
        const seconds = Math.floor(now() / 1000);
        const headers = {
          'content-type': 'application/json',
          'user-agent': 'PatternPivot',
          'webhook-id': id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': sign({ id, seconds, body }),
        };
        const answer = await postMessage(address, { headers, body }, { rules, signal });
        if (isTaken(answer.status)) {
          return await held.markTaken({ at: new Date(now()).toISOString(), status: answer.status });
        }
        const askedMs = readRetryAfter(answer.retryAfter, now());
        failure = describeRefusal(address, answer, askedMs === undefined ? undefined : now() + askedMs);
        if (askedMs !== undefined && askedMs > retries.longestWaitMs) throw failure;
        if (delayMs !== undefined) delayMs = Math.max(delayMs, askedMs ?? 0);
      } catch (error) {
        if (!(error instanceof PatternPivotError) || error.kind === 'conflict') throw error;
        failure = error;
        if (failure.context['endsAt'] !== undefined && delayMs !== undefined) throw failure;
      }
      if (!failure.retryable || delayMs === undefined) throw failure;
      await wait(delayMs, undefined, { signal });
    }
  }
  return { target: 'webhook', async preview() { return []; }, async publish() { throw new Error(); } };
}
