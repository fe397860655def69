import { PatternPivotError } from '../../domain/errors.ts';

/** `fetch`, but an answer that never ends is given up. `hint`: what to do then. @throws provider.answer_too_large */
export function limitFetch(maxBytes: number, hint: string): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) return response;
    let bytes = 0;
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(block, controller) {
        bytes += block.byteLength;
        if (bytes <= maxBytes) return controller.enqueue(block);
        controller.error(
          new PatternPivotError(
            'provider.answer_too_large',
            `${new URL(response.url).host} sent an answer of more than ${maxBytes / 1e6} MB.`,
            { hint },
          ),
        );
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
  };
}
