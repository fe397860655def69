import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { letterUse, meterFetch } from '../http/metered-fetch.ts';
import { createHostedEmbedder, readEmbedderAddress, type HostedOptions } from './hosted.ts';
import { fetchLimited } from './limited-fetch.ts';

/** What the server takes at once unless it was started otherwise (`--max-client-batch-size`). */
const textsPerRequest = 32;

const infoSchema = z.looseObject({ model_id: z.string() });

/**
 * A text-embeddings server (Hugging Face's text-embeddings-inference, and what speaks like it): `POST /embed`. Which model it runs is
 * asked beforehand: an index that two models made would find nothing.
 */
export function createTeiEmbedder(options: HostedOptions): Embedder {
  const base = readEmbedderAddress(options.baseUrl);
  const headers = {
    'content-type': 'application/json',
    ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
  };
  const { meter } = options;
  const send: typeof fetch =
    meter === undefined
      ? (fetchLimited as typeof fetch)
      : meterFetch(fetchLimited as typeof fetch, meter, letterUse);
  return createHostedEmbedder(options, {
    name: 'tei',
    textsPerRequest,
    async request(texts, signal) {
      const response = await send(addressOf(base, 'embed'), {
        method: 'POST',
        headers,
        // Its vectors are of unit length, and what is too long is cut rather than refused.
        body: JSON.stringify({ inputs: texts, normalize: true, truncate: true }),
        signal,
      });
      if (!response.ok) throw await failure(response);
      return readJson(response);
    },
    async check(signal) {
      const response = await fetchLimited(addressOf(base, 'info'), { headers, signal });
      if (!response.ok) {
        await response.body?.cancel();
        // Others that speak like it may not tell what they run.
        if (response.status === 404 || response.status === 405) return;
        throw await failure(response);
      }
      const info = infoSchema.safeParse(await readJson(response));
      if (!info.success || lastPart(info.data.model_id) === lastPart(options.model)) return;
      throw new PatternPivotError(
        'conflict.embedder_other_model',
        `The server at ${base.host} runs ${info.data.model_id.slice(0, 200)}, not ${options.model}.`,
        {
          hint: 'Set embedder.model to what it runs, or start the server with the other model.',
          context: { address: base.host, model: options.model },
        },
      );
    },
  });
}

function addressOf(base: URL, path: string): URL {
  const address = new URL(base);
  address.pathname = `${base.pathname.replace(/\/+$/u, '')}/${path}`;
  return address;
}

/** A server may have been given a folder: its last part counts. */
function lastPart(model: string): string {
  return (model.replace(/\/+$/u, '').split('/').at(-1) ?? '').toLowerCase();
}

/** What {@link toProviderError} reads of an answer that is none: the server's own words may repeat what was sent. */
async function failure(response: Response): Promise<Error> {
  await response.body?.cancel().catch(() => {});
  return Object.assign(new Error('refused'), { status: response.status, headers: response.headers });
}

async function readJson(response: Response): Promise<unknown> {
  return JSON.parse(await response.text());
}
