import { GoogleAuth, PassThroughClient, type AuthClient } from 'google-auth-library';
import { PatternPivotError } from '../../domain/errors.ts';
import { waitForTry, type Backoff } from './backoff.ts';
import type { CountUse } from './count-use.ts';

/** Where records are: a bucket, and what the names of their objects begin with. */
export type GoogleBucket = {
  readonly bucket: string;
  /** Google's, or that of a server that speaks the same protocol. No token is ever sent to one without TLS. */
  readonly endpoint?: string | undefined;
  /** Several libraries can share a bucket. */
  readonly prefix?: string | undefined;
};

/** One call of the JSON API. */
export type StorageCall = {
  /** As the API's reference calls it: `objects.insert`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** After the endpoint, its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly contentType?: string;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
};

/** What came of a call: the body of a 2xx; or that there is no such thing (404), or that a precondition did not hold (412). */
export type StorageReply = {
  readonly status: 'ok' | 'not_found' | 'refused';
  readonly text: string;
  /** Whether an earlier try of this call may have been carried out, its answer lost. */
  readonly mayBeDone: boolean;
};

/** A bucket that is spoken to. */
export type StorageSession = {
  readonly bucket: string;
  /** The path of the bucket's objects. */
  readonly objectsPath: string;
  /** What the names of all objects begin with. */
  readonly root: string;
  call(call: StorageCall): Promise<StorageReply>;
};

/** Rates are limited an object (one write a second) and a bucket; what is refused with 408, 429 or 5xx, or cut off, is tried again. */
const backoff: Backoff = { baseMs: 100, capMs: 16_000, maxTries: 9 };

/** How long a call may take, in ms: a record has at most 16 MB. */
const timeoutMs = 60_000;

const defaultEndpoint = 'https://storage.googleapis.com';
const defaultPrefix = 'patternpivot';

/** What is paid for by the call: https://cloud.google.com/storage/pricing#operations-by-class */
const operationClasses: Readonly<Record<string, string>> = {
  'objects.insert': 'class-a',
  'objects.list': 'class-a',
  'buckets.patch': 'class-a',
  'objects.get': 'class-b',
  'buckets.get': 'class-b',
};

/** What is asked for when a user authorises it: to read and write objects. */
export const objectsScope = 'https://www.googleapis.com/auth/devstorage.read_write';

/** Begins to speak to a bucket, as the user (or the machine) that Google's own tools know; nothing is sent yet. */
export function openStorageSession(
  { bucket, endpoint = defaultEndpoint, prefix = defaultPrefix }: GoogleBucket,
  {
    countUse,
    scope = objectsScope,
  }: { readonly countUse?: CountUse | undefined; readonly scope?: string } = {},
): StorageSession {
  const openClient = async (): Promise<AuthClient> => {
    if (endpoint.startsWith('http:')) return new PassThroughClient();
    try {
      return await new GoogleAuth({ scopes: [scope] }).getClient();
    } catch (error) {
      throw noCredentials(error);
    }
  };
  let client: Promise<AuthClient> | undefined;
  return {
    bucket,
    objectsPath: `/storage/v1/b/${encodeURIComponent(bucket)}/o`,
    root: `${prefix}/`,
    async call({ operation, method, path, query = {}, contentType, body, signal }) {
      const url = new URL(endpoint.replace(/\/+$/u, '') + path);
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) url.searchParams.set(name, String(value));
      const paidFor = operationClasses[operation];
      if (paidFor !== undefined) await countUse?.(paidFor, 1);
      const opened = await (client ??= openClient());
      let mayBeDone = false;
      for (let tries = 1; ; tries += 1) {
        signal?.throwIfAborted();
        try {
          const response = await opened.request<string>({
            url: url.href,
            method,
            responseType: 'text',
            timeout: timeoutMs,
            retry: false,
            ...(body === undefined ? {} : { body }),
            ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
            ...(signal === undefined ? {} : { signal }),
          });
          return { status: 'ok', text: response.data, mayBeDone };
        } catch (error) {
          signal?.throwIfAborted();
          const status = statusOf(error);
          if (status === 404 && isObject(path) && !isBucketMissing(error))
            return { status: 'not_found', text: '', mayBeDone };
          if (status === 412) return { status: 'refused', text: '', mayBeDone };
          if (!isPassing(error, status) || tries >= backoff.maxTries) throw tellTrouble(error, bucket);
          if (status !== 429) mayBeDone = true;
          await waitForTry(tries, backoff);
        }
      }
    },
  };
}

/** Whether a path is that of one object: else 404 says that there is no bucket. */
const isObject = (path: string) => /\/o\/[^/]+$/u.test(path);

/** Of an object, too, the API says so where its bucket is missing. */
const isBucketMissing = (error: unknown) => /bucket does not exist/iu.test(messageOf(error));

function statusOf(error: unknown): number | undefined {
  const { response } = error as { response?: { status?: unknown } };
  return typeof response?.status === 'number' ? response.status : undefined;
}

/** Whether the same call may succeed later: https://cloud.google.com/storage/docs/retry-strategy. What the network cut off has no status. */
function isPassing(error: unknown, status: number | undefined): boolean {
  if (error instanceof PatternPivotError) return false;
  return status === undefined ? !isAuthError(error) : status === 408 || status === 429 || status >= 500;
}

/** Google's words for a token that cannot be had; they come without a response of the storage. */
const isAuthError = (error: unknown) =>
  /invalid_grant|invalid_client|default credentials|reauth/iu.test((error as Error).message);

function noCredentials(cause: unknown): PatternPivotError {
  return new PatternPivotError(
    'input.google_credentials',
    `There are no Google credentials: ${(cause as Error).message}`,
    {
      cause,
      hint: 'Log in with gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to the file of a service account.',
    },
  );
}

function tellTrouble(error: unknown, bucket: string): unknown {
  if (error instanceof PatternPivotError) return error;
  const status = statusOf(error);
  const details = { cause: error, context: { bucket, ...(status === undefined ? {} : { status }) } };
  const message = messageOf(error);
  if (status === 404) {
    return new PatternPivotError('not_found.records_bucket', `There is no bucket ${bucket}.`, {
      ...details,
      hint: `Make it with gcloud storage buckets create gs://${bucket}, then run pivot records create-table.`,
    });
  }
  if (status === undefined && isAuthError(error)) return noCredentials(error);
  if (status === 401 || status === 403) {
    return new PatternPivotError('provider.records_refused', `Google Cloud Storage refused: ${message}`, {
      ...details,
      hint: 'Check who you are (gcloud auth list) and what you may do; docs/records.md lists the permissions.',
    });
  }
  if (status === 429) {
    return new PatternPivotError(
      'provider.records_throttled',
      `Google Cloud Storage is throttling: ${message}`,
      {
        ...details,
        retryable: true,
        hint: 'Run the same command again in a while: what was written stays written.',
      },
    );
  }
  if (status !== undefined && status < 500) {
    return new PatternPivotError(
      'provider.records_refused',
      `Google Cloud Storage refused: ${message}`,
      details,
    );
  }
  return new PatternPivotError(
    'provider.records_unreachable',
    `Google Cloud Storage cannot be reached: ${message}`,
    {
      ...details,
      retryable: true,
      hint: 'Check the network and records.googleStorage.endpoint, and run the same command again.',
    },
  );
}

/** What the API says in its JSON, else the error's own words. */
function messageOf(error: unknown): string {
  const { response, message, code } = error as {
    response?: { data?: unknown };
    message?: string;
    code?: unknown;
  };
  try {
    const data: unknown = JSON.parse(String(response?.data));
    const said = (data as { error?: { message?: unknown } }).error?.message;
    if (typeof said === 'string' && said !== '') return said.slice(0, 300);
  } catch {
    // No JSON: a proxy's page, or nothing.
  }
  return (message ?? String(code)).slice(0, 300);
}
