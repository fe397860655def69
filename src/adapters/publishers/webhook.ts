import { stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { platformNames, platformRules, type PlatformName } from '../../domain/platforms.ts';
import { hashFile } from '../../media/hash-file.ts';
import type { Publication, Published, Publisher } from '../../ports/publisher.ts';
import type { Records } from '../../ports/records.ts';
import { messageId, placeFile, readSecret, writeMessage, type ShownFolder } from './webhook-message.ts';
import {
  holdDelivery,
  markGone,
  readDelivery,
  readGone,
  type Delivery,
  type HeldDelivery,
} from './webhook-record.ts';
import { describeGone, describeRefusal, mayPass, readRetryAfter } from './webhook-refusal.ts';
import { describeWebhook, findReceiver, isTaken, postMessage, type WebhookRules } from './webhook-request.ts';

/** Films told to a receiver of yours, signed, until it has taken the message: once each. */

/** How often and when a message is sent again. */
export type WebhookRetries = {
  /** What is waited before each further try, in ms; half of it to all of it, by chance, so that many do not come at one moment. */
  readonly delaysMs: readonly number[];
  /** The longest `Retry-After` that is waited for, in ms; what is longer ends the run. */
  readonly longestWaitMs: number;
};

/** Six tries in about a minute and a half; the queue comes back to what failed. Waits stay under half of a lease. */
const usualRetries: WebhookRetries = {
  delaysMs: [1000, 4000, 12_000, 30_000, 60_000],
  longestWaitMs: 240_000,
};

/** The usual time of one request, in ms: the specification advises 15 to 30 s. */
const usualTimeoutMs = 20_000;

/** What a webhook is opened with. */
export type WebhookOptions = {
  /** http or https, without a user's name. */
  readonly address: string;
  /** `whsec_…`; two with a space between while one takes the place of the other. */
  readonly secret: string;
  readonly records: Pick<Records, 'get' | 'put'>;
  /** Where it may lead. Default: only into the public internet. */
  readonly network?: WebhookRules['network'];
  /** Where films have addresses; left out: they are told by their paths on this machine. */
  readonly shown?: ShownFolder | undefined;
  /** Whose texts are sent along. Default: all. */
  readonly platforms?: readonly PlatformName[];
  readonly retries?: WebhookRetries;
  readonly timeoutMs?: number;
  readonly lookup?: WebhookRules['lookup'];
  /** Ms since 1970. */
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

/**
 * Publishing by a webhook in the form of Standard Webhooks. The film itself is not sent: the message says where it is.
 * @throws input.webhook_secret
 */
export function createWebhookPublisher(options: WebhookOptions): Publisher {
  const { records, shown, platforms = platformNames, retries = usualRetries, now = Date.now } = options;
  const { sleep = (ms, signal) => wait(ms, undefined, { signal }) } = options;
  const address = new URL(options.address);
  const signer = readSecret(options.secret);
  const rules: WebhookRules = {
    network: options.network ?? 'public',
    timeoutMs: options.timeoutMs ?? usualTimeoutMs,
    lookup: options.lookup,
  };
  const key = signer.keyOf(address);

  /** Sends it until it is taken. @throws provider.webhook_*, input.webhook_private, conflict.upload_taken */
  async function deliver(
    held: HeldDelivery,
    publication: Publication,
    { signal, report }: Parameters<Publisher['publish']>[1],
  ): Promise<Delivery> {
    const id = messageId(publication);
    const body = writeMessage(publication, { at: held.value.startedAt, platforms, shown });
    for (let attempt = 0; ; attempt++) {
      await held.save({ tries: held.value.tries + 1 });
      report({ share: 0.5, what: attempt === 0 ? 'sending' : `sending again (${attempt + 1})` });
      const sent = await send(id, body, signal);
      if ('takenWith' in sent) {
        const at = new Date(now()).toISOString();
        return held.mark({ taken: { at, status: sent.takenWith } });
      }
      const { failure, askedMs = 0 } = sent;
      const usualMs = retries.delaysMs[attempt];
      if (!failure.retryable || usualMs === undefined || askedMs > retries.longestWaitMs) throw failure;
      const delayMs = Math.max(askedMs, usualMs * (0.5 + Math.random() / 2));
      report({ share: 0.5, what: `waiting ${Math.ceil(delayMs / 1000)} s: ${failure.message}` });
      await sleep(delayMs, signal);
    }
  }

  /** One try. @throws what no other try would mend */
  async function send(
    id: string,
    body: string,
    signal: AbortSignal,
  ): Promise<
    | { readonly takenWith: number }
    | { readonly failure: PatternPivotError; readonly askedMs?: number | undefined }
  > {
    // The moment is of each try, as receivers refuse old ones; the id stays.
    const seconds = Math.floor(now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'PatternPivot',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signer.sign({ id, seconds, body }),
    };
    let answer;
    try {
      answer = await postMessage(address, { headers, body }, { rules, signal });
    } catch (error) {
      if (error instanceof PatternPivotError) return { failure: error };
      throw error;
    }
    if (isTaken(answer.status)) return { takenWith: answer.status };
    if (answer.status === 410) {
      const at = new Date(now()).toISOString();
      await markGone(records, key, at);
      throw describeGone(address, at);
    }
    const askedMs = mayPass(answer.status) ? readRetryAfter(answer.retryAfter, now()) : undefined;
    const endsAt = askedMs === undefined ? undefined : new Date(now() + askedMs).toISOString();
    return { failure: describeRefusal(address, answer, endsAt), askedMs };
  }

  /** @throws provider.webhook_gone, where the receiver said so before */
  async function assertWanted(): Promise<void> {
    const at = await readGone(records, key);
    if (at !== undefined) throw describeGone(address, at);
  }

  return {
    target: 'webhook',
    async preview(publication) {
      const before = await readDelivery({ records, itemId: publication.itemId, now });
      if (before !== undefined) assertSame(before, publication);
      if (before?.taken !== undefined) return [`It was taken at ${before.taken.at}: nothing is sent again.`];
      await assertSize(publication);
      await assertWanted();
      const body = writeMessage(publication, { at: new Date(now()).toISOString(), platforms, shown });
      return describe(publication, {
        sizeBytes: Buffer.byteLength(body),
        shown,
        platforms,
        receiver: `${describeWebhook(address)} (${(await findReceiver(address, rules)).join(', ')})`,
      });
    },
    async publish(publication, { signal, report }) {
      const place = { records, itemId: publication.itemId, now };
      const before = await readDelivery(place);
      if (before !== undefined) assertSame(before, publication);
      if (before?.taken !== undefined) return tell(publication, before);
      await assertWanted();
      report({ share: 0, what: 'reading the film' });
      await assertSize(publication);
      if ((await hashFile(publication.film.path, { signal })) !== publication.film.contentHash) {
        throw filmChanged(publication.film.path);
      }
      const held = await holdDelivery(place, publication.film.contentHash);
      try {
        assertSame(held.value, publication);
        const delivery =
          held.value.taken === undefined ? await deliver(held, publication, { signal, report }) : held.value;
        report({ share: 1, what: 'taken' });
        return tell(publication, delivery);
      } finally {
        await held.release();
      }
    },
  };
}

/** What came of it, the same however often it is asked. */
function tell(publication: Publication, { taken, startedAt, tries }: Delivery): Published {
  return {
    target: 'webhook',
    id: messageId(publication),
    at: taken?.at ?? startedAt,
    found: { status: String(taken?.status ?? ''), tries: String(tries) },
    differences: [],
  };
}

function describe(
  publication: Publication,
  parts: {
    readonly sizeBytes: number;
    readonly receiver: string;
    readonly shown: ShownFolder | undefined;
    readonly platforms: readonly PlatformName[];
  },
): string[] {
  const { film, title, privacy, publishAt, isSynthetic, isMadeForKids } = publication;
  const place = placeFile(film.path, parts.shown);
  const marks = [
    isSynthetic ? 'synthetic' : 'not synthetic',
    isMadeForKids ? 'made for kids' : 'not for kids',
  ];
  return [
    `Send the message ${messageId(publication)}, signed, ${(parts.sizeBytes / 1000).toFixed(1)} kB, to ${parts.receiver}.`,
    `The film is not sent (${(film.sizeBytes / 1e6).toFixed(1)} MB): the receiver gets it ${
      'url' in place ? `from ${place.url}` : `as the file ${place.path}, so it must be on this machine`
    }.`,
    `Title: ${title}`,
    `It says: ${privacy}${publishAt === undefined ? '' : `, at ${publishAt}`}, ${marks.join(', ')}. What becomes of it is the receiver's.`,
    `Texts for ${parts.platforms.map((name) => platformRules[name].title).join(', ')}.`,
  ];
}

/** @throws input.film_changed, not_found.file */
async function assertSize({ film }: Publication): Promise<void> {
  const { size } = await withFileErrors(film.path, () => stat(film.path));
  if (size !== film.sizeBytes) throw filmChanged(film.path);
}

function assertSame({ contentHash }: Delivery, { film }: Publication): void {
  if (contentHash !== film.contentHash) throw filmChanged(film.path);
}

function filmChanged(path: string): PatternPivotError {
  return new PatternPivotError('input.film_changed', `The film is not the one that was checked: ${path}`, {
    hint: 'Put it in the queue again. Nothing of it was sent.',
    context: { path },
  });
}
