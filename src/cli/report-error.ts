import { CommanderError } from 'commander';
import {
  errorStatuses,
  isAbortError,
  toErrorRecord,
  type ErrorKind,
  type ErrorRecord,
} from '../domain/errors.ts';
import { createPaint, toPrintable, type Output } from './terminal.ts';

/** What an error means to the shell. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : errorStatuses.input.exitCode;
  return errorStatuses[toErrorRecord(error).code.split('.')[0] as ErrorKind].exitCode;
}

/** An error as a user reads it: what went wrong (with what), and what to do next. One to three lines. */
export function describeError({ message, hint, code }: ErrorRecord): { what: string; next: string } {
  const unexpected =
    code === 'tool.unexpected'
      ? 'Run it again with PATTERNPIVOT_DEBUG=1 to see where it came from.'
      : 'Run pivot --help to see what can be asked for.';
  return { what: toPrintable(message.trim()), next: toPrintable(hint ?? unexpected) };
}

/** Writes an error to a stream. A stack trace only when the user asked to debug. */
export function reportError(
  error: unknown,
  output: Output,
  env: Readonly<Record<string, string | undefined>>,
  command: string,
): void {
  const paint = createPaint(output, env);
  if (isAbortError(error)) {
    output.write(`${paint('yellow', 'Stopped.')} Run the same command again to go on where it stopped.\n`);
    return;
  }
  const record = error instanceof CommanderError ? fromCommander(error) : toErrorRecord(error);
  const { what, next } = describeError(record);
  output.write(`${paint('red', 'Error:')} ${what}\n`);
  output.write(`  ${paint('dim', `in pivot ${toPrintable(command)} (${record.code})`)}\n`);
  output.write(`  ${next}\n`);
  if ((env['PATTERNPIVOT_DEBUG'] ?? '') !== '' && error instanceof Error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      output.write(`${cause.stack}\n`);
    output.write(`${JSON.stringify(record.context)}\n`);
  }
}

/** Commander's message is "error: unknown option '--cuont'\n(Did you mean --count?)". */
export function fromCommander(error: CommanderError): ErrorRecord {
  const [what = '', ask] = error.message.replace(/^error: /u, '').split('\n');
  return {
    code: 'input.wrong_usage',
    message: what.charAt(0).toUpperCase() + what.slice(1) + (what.endsWith('.') ? '' : '.'),
    ...(ask === undefined ? {} : { hint: ask.replace(/^\(|\)$/gu, '') }),
    retryable: false,
    context: {},
  };
}
