import { PatternPivotError } from '../../domain/errors.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { meterFetch, tokenUse } from '../http/metered-fetch.ts';
import { createHostedEmbedder, type HostedOptions } from './hosted.ts';
import { fetchLimited } from './limited-fetch.ts';

/** Texts a request: OpenAI takes 2,048; local servers hold all of them in memory. */
const textsPerRequest = 64;

/** An embedding model by LangChain, over the protocol that OpenAI and most local servers speak. `baseUrl` is up to and with `/v1`. */
export function createOpenAiEmbedder(
  options: HostedOptions & {
    /** Asks for vectors of `dimensions`, which some models can cut theirs to. Default: the model's own length. */
    readonly isLengthAsked?: boolean;
  },
): Embedder {
  const { meter } = options;
  const send: typeof fetch =
    meter === undefined
      ? (fetchLimited as typeof fetch)
      : meterFetch(fetchLimited as typeof fetch, meter, tokenUse(0));
  return createHostedEmbedder(options, {
    name: 'openai',
    textsPerRequest,
    async request(texts, signal) {
      // A set variable would send the texts to a tracing service.
      process.env['LANGSMITH_TRACING'] = 'false';
      process.env['LANGCHAIN_TRACING_V2'] = 'false';
      const { OpenAIEmbeddings } = await import('@langchain/openai');
      const client = new OpenAIEmbeddings({
        model: options.model,
        // Without one the library would take OPENAI_API_KEY and send it to whatever server is configured.
        apiKey: options.apiKey ?? 'none',
        configuration: {
          baseURL: options.baseUrl,
          // The library gives its requests no signal.
          fetch: (input, init) => send(input as string | URL | Request, { ...(init as RequestInit), signal }),
        },
        maxRetries: 0,
        batchSize: textsPerRequest,
        stripNewLines: false,
        // Packed numbers are OpenAI's own: other servers send plain ones whatever is asked, and would be misread.
        encodingFormat: 'float',
        ...(options.isLengthAsked === true && options.dimensions !== undefined
          ? { dimensions: options.dimensions }
          : {}),
      });
      try {
        return await client.embedDocuments([...texts]);
      } catch (error) {
        // Fewer vectors than texts, or an answer of another form, make the library stumble.
        if (!(error instanceof TypeError) || error.cause !== undefined) throw error;
        throw new PatternPivotError(
          'provider.answer_unusable',
          `${options.model} answered with fewer vectors than texts, or with something else.`,
          { hint: 'Check embedder.kind and embedder.baseUrl.' },
        );
      }
    },
  });
}
