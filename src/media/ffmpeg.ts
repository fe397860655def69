import { AV_LOG_QUIET, AV_LOG_WARNING, type AVLogLevel } from 'node-av/constants';
import { FFmpegError, Log } from 'node-av/lib';
import { PatternPivotError, type ErrorCode } from '../domain/errors.ts';

/** Errors and messages of FFmpeg, inside a child process. Nothing here may be imported by the parent. */

/** How many of FFmpeg's last warnings are kept for an error message. */
const keptLogLines = 12;
const logLines: string[] = [];

/** Collects FFmpeg's warnings instead of printing them. Call it once, first thing in a child. */
export function collectFfmpegLog(): void {
  Log.setLevel(AV_LOG_WARNING);
  Log.setCallback(
    (_level: AVLogLevel, message: string) => {
      const line = message.trim();
      if (line === '' || line === logLines.at(-1)) return;
      logLines.push(line);
      if (logLines.length > keptLogLines) logLines.shift();
    },
    { maxLevel: AV_LOG_WARNING },
  );
}

/** Prints and collects nothing: for a child whose errors are all told by codes. */
export function silenceFfmpegLog(): void {
  Log.setLevel(AV_LOG_QUIET);
}

/** FFmpeg's last warnings; they arrive on the event loop, so a turn of it is waited for. */
export async function readFfmpegLog(): Promise<readonly string[]> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return logLines;
}

/** An FFmpeg call that failed: what was tried, and FFmpeg's number, which `FFmpegError.strerror` puts into words. */
export class FfmpegFailure extends Error {
  readonly ffmpegCode: number;

  constructor(operation: string, ffmpegCode: number) {
    super(`${operation}: ${FFmpegError.strerror(ffmpegCode)}`);
    this.name = 'FfmpegFailure';
    this.ffmpegCode = ffmpegCode;
  }
}

/** Passes a result that is not negative on. @throws FfmpegFailure */
export function expectOk(result: number, operation: string): number {
  if (result < 0) throw new FfmpegFailure(operation, result);
  return result;
}

/** Unwraps what FFmpeg gives as null when it has no such thing. @throws tool.ffmpeg_lacks */
export function expectPresent<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) {
    throw new PatternPivotError('tool.ffmpeg_lacks', `This FFmpeg has no ${what}.`);
  }
  return value;
}

/** Turns a failed FFmpeg call into an error of ours with FFmpeg's own last words; other errors pass unchanged. */
export async function explainFailure(
  error: unknown,
  code: ErrorCode,
  context: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (!(error instanceof FfmpegFailure)) return error;
  const log = await readFfmpegLog();
  const detail = log.length === 0 ? '' : ` (${log.slice(-3).join('; ')})`;
  return new PatternPivotError(code, `${error.message}${detail}`, {
    context: { ...context, ffmpegLog: log },
  });
}
