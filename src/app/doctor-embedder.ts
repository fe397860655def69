import { toErrorRecord } from '../domain/errors.ts';
import { composeEmbedder, modelSourceOf, type EmbedderParts } from './compose-embedder.ts';
import { isModelFetched } from './fetch-model.ts';

/** A server that is asked whether it works may take this long, in ms; a gigabyte of model takes some seconds to load. */
const timeoutMs = 20_000;

/** Looks at the embedder that libraries are searched with, by using it; a model that is not there yet is not fetched. */
export async function examineEmbedder(
  parts: EmbedderParts,
): Promise<{ status: 'works' | 'poor' | 'off'; text: string; hint?: string }> {
  const { kind, folder, baseUrl } = parts.config.embedder;
  if (kind === 'carried')
    return { status: 'off', text: 'none is set (embedder.kind): the sentence encoder is used' };
  try {
    if (kind === 'local' && folder === undefined) {
      const source = modelSourceOf(parts);
      if (!(await isModelFetched(source))) {
        const host = new URL(source.hub).host;
        return {
          status: 'off',
          text: `${source.model} is not here yet: it is fetched from ${host} when first needed`,
        };
      }
    }
    const embedder = await composeEmbedder(parts);
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      await embedder.prepare?.({ signal, report: () => {} });
      await embedder.embed(['Does it work?'], { signal });
      const where = baseUrl === undefined ? '' : ` at ${new URL(baseUrl).origin}`;
      return { status: 'works', text: `${embedder.model}, ${embedder.dimensions} numbers${where}` };
    } finally {
      await embedder.close();
    }
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return {
      status: 'poor',
      text: message,
      hint: hint ?? 'Libraries are searched by words alone meanwhile.',
    };
  }
}
