import { LoadState, MilvusClient } from '@zilliz/milvus2-sdk-node';
import { setTimeout as wait } from 'node:timers/promises';
import { isAbortError, PatternPivotError } from '../../domain/errors.ts';

/** How a Milvus server is reached, and how it keeps vectors. */
export type MilvusOptions = {
  /** `host:port`, with `https://` before it where the connection is to be encrypted. */
  readonly address: string;
  /** `user:password`, or an API key. Never told. */
  readonly token?: string | undefined;
  readonly database?: string | undefined;
  /** Before the names of collections: libraries that share a server need one each. */
  readonly prefix: string;
  readonly index: 'hnsw' | 'ivf';
  readonly metric: 'l2' | 'cosine';
};

/** How long one call may take, in ms: a server that hangs is one that is away. */
export const callMs = 30_000;

/** The first answer of a server that is there takes no longer, in ms. */
const connectMs = 8000;

/** A collection of millions of rows takes minutes to be read into memory, in ms. */
const loadMs = 300_000;

/** The server's client, once it has answered. */
export type Client = InstanceType<typeof MilvusClient>;

/** A connection that is made when it is first used, and again after it broke. */
export function createConnection(options: MilvusOptions) {
  let connection: Promise<Client> | undefined;
  return {
    /** Runs calls on the server; what goes wrong there is told in our words, and never with the token. */
    async run<T>(signal: AbortSignal | undefined, calls: (client: Client) => Promise<T>): Promise<T> {
      signal?.throwIfAborted();
      try {
        connection ??= connect(options);
        return await stoppable(connection.then(calls), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof PatternPivotError || isAbortError(error)) throw error;
        // The next call tries to connect anew.
        const broken = connection;
        connection = undefined;
        void broken?.then((client) => client.closeConnection()).catch(() => {});
        throw unreachable(options, error);
      }
    },

    async close(): Promise<void> {
      const open = connection;
      connection = undefined;
      await open?.then((client) => client.closeConnection()).catch(() => {});
    },
  };
}

/**
 * Has the server read a collection into memory, where it has not. The client's own waiting takes 0.4 s even where there is nothing to wait for, and has no end.
 * @throws provider.milvus_refused
 */
export async function loadCollection(client: Client, name: string, options: MilvusOptions): Promise<void> {
  const asked = { collection_name: name, timeout: callMs };
  const isLoaded = async () => {
    const { status, state } = await client.getLoadState(asked);
    assertDone(status, options);
    return state === LoadState.LoadStateLoaded;
  };
  if (await isLoaded()) return;
  assertDone(await client.loadCollectionAsync(asked), options);
  for (const until = Date.now() + loadMs; !(await isLoaded()); await wait(100)) {
    if (Date.now() < until) continue;
    assertDone({ error_code: 'Timeout', reason: `${name} was not loaded in ${loadMs / 1000} s` }, options);
  }
}

/** The client would ask every 10 s whether the other side lives; servers refuse that as too often, and a log line says so each time. Calls end by themselves. */
const calm = { 'grpc.keepalive_time_ms': 0x7fff_ffff, 'grpc.keepalive_permit_without_calls': 0 };

async function connect(options: MilvusOptions): Promise<Client> {
  const { address, token, database } = options;
  const client = new MilvusClient({
    address: address.replace(/^https?:\/\//u, ''),
    ssl: address.startsWith('https://'),
    ...(token === undefined ? {} : { token }),
    ...(database === undefined ? {} : { database }),
    timeout: connectMs,
    maxRetries: 3,
    logLevel: 'error',
    // Else a new connection to a server that is back waits as long as the old one would have.
    channelOptions: { 'grpc.use_local_subchannel_pool': 1, ...calm },
    // The client would report how it is used to the server.
    telemetry: { enabled: false },
  });
  try {
    await client.connectPromise;
    return client;
  } catch (error) {
    void client.closeConnection().catch(() => {});
    throw error;
  }
}

/** The call itself cannot be stopped; nobody waits for it any more. */
async function stoppable<T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return call;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([call, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

type Status = { readonly error_code: string | number; readonly reason: string };

/** What the server says to a call. @throws provider.milvus_refused */
export function assertDone(status: Status, { address, token }: MilvusOptions): void {
  if (status.error_code === 'Success' || status.error_code === 0) return;
  throw new PatternPivotError(
    'provider.milvus_refused',
    `Milvus at ${address} refused: ${conceal(status.reason, token)}`,
    {
      hint: 'Check its log, its version (2.4 or newer) and the rights of the user.',
      context: { address, errorCode: status.error_code },
    },
  );
}

function unreachable({ address, token }: MilvusOptions, error: unknown): PatternPivotError {
  const told = conceal(error instanceof Error ? error.message : String(error), token);
  return new PatternPivotError(
    'provider.milvus_unreachable',
    `Milvus at ${address} does not answer: ${told}`,
    {
      retryable: true,
      hint: 'Check that it runs and that vectors.address is right; --words-only searches without it.',
      context: { address },
    },
  );
}

/** What a server said, without the token or the password in it. */
function conceal(said: string, token: string | undefined): string {
  const secrets = token === undefined ? [] : [token, token.slice(token.indexOf(':') + 1)];
  return (
    secrets
      .filter((secret) => secret !== '')
      .reduce((text, secret) => text.replaceAll(secret, '…'), said)
      // The client's own account of itself.
      .replace(/^\d+ [A-Z_]+: /u, '')
      .replace(/\s*(?:Resolution note:.*|\(retried \d+ times.*)$/su, '')
      .slice(0, 300)
  );
}
