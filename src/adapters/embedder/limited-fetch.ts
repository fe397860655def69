import { PatternPivotError } from '../../domain/errors.ts';

/** No answer is larger: 64 vectors of 4,096 numbers of 20 digits are 5 MB. */
const maxAnswerBytes = 64_000_000;

/** `fetch`, but an answer that never ends is given up. @throws provider.answer_too_large */
export async function fetchLimited(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (response.body === null) return response;
  let bytes = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(block, controller) {
      bytes += block.byteLength;
      if (bytes <= maxAnswerBytes) return controller.enqueue(block);
      controller.error(
        new PatternPivotError(
          'provider.answer_too_large',
          `${new URL(response.url).host} sent an answer of more than ${maxAnswerBytes / 1e6} MB.`,
          { hint: 'Check embedder.baseUrl: this is no server of embeddings.' },
        ),
      );
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
}
