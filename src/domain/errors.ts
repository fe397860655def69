/** The five ways something can go wrong, and a sixth that is no error: the user stopped it. */
export type ErrorKind = 'input' | 'not_found' | 'conflict' | 'tool' | 'provider' | 'cancelled';

/** A kind, a dot, and what exactly: `input.not_media`. Stable: programs may rely on it. */
export type ErrorCode = `${ErrorKind}.${string}`;

/** What one kind of error means to a shell and to an HTTP client: the one table. */
export const errorStatuses: Readonly<Record<ErrorKind, { exitCode: number; httpStatus: number }>> = {
  input: { exitCode: 2, httpStatus: 400 },
  not_found: { exitCode: 3, httpStatus: 404 },
  conflict: { exitCode: 4, httpStatus: 409 },
  tool: { exitCode: 5, httpStatus: 500 },
  provider: { exitCode: 6, httpStatus: 502 },
  cancelled: { exitCode: 130, httpStatus: 499 },
};

/** What a {@link PatternPivotError} may carry beside its code and message. */
export type ErrorDetails = {
  cause?: unknown;
  /** Whether the same call may succeed later without a change. Default: false. */
  retryable?: boolean;
  /** What to do next, in one sentence. */
  hint?: string;
  /** With what it went wrong: a path, an option, an address. Never a secret. */
  context?: Readonly<Record<string, unknown>>;
};

/** The one error of this project: what went wrong, with what, and what to do next. */
export class PatternPivotError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PatternPivotError';
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.hint = details.hint;
    this.context = details.context ?? {};
  }

  /** The part of the code before the dot. */
  get kind(): ErrorKind {
    return this.code.slice(0, this.code.indexOf('.')) as ErrorKind;
  }
}

/** An error as plain data, for a message between processes or a line of JSON. */
export type ErrorRecord = {
  code: ErrorCode;
  message: string;
  hint?: string;
  retryable: boolean;
  context: Readonly<Record<string, unknown>>;
};

/** Turns anything thrown into plain data; what is not ours becomes `tool.unexpected`. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof PatternPivotError) {
    const { code, message, hint, retryable, context } = error;
    return { code, message, retryable, context, ...(hint === undefined ? {} : { hint }) };
  }
  if (isAbortError(error)) {
    return { code: 'cancelled.by_user', message: 'Stopped.', retryable: true, context: {} };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'tool.unexpected', message, retryable: false, context: {} };
}

/** Turns a record that came from another process back into an error. */
export function fromErrorRecord(record: ErrorRecord, cause?: unknown): PatternPivotError {
  const { code, message, hint, retryable, context } = record;
  return new PatternPivotError(code, message, {
    retryable,
    context,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether an error only says that the work was stopped. */
export function isAbortError(error: unknown): boolean {
  if (error instanceof PatternPivotError) return error.kind === 'cancelled';
  return error instanceof Error && error.name === 'AbortError';
}
