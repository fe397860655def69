import { errorStatuses, isAbortError, toErrorRecord, type ErrorKind } from '../domain/errors.ts';
import { describeMediaAddress, isMediaAddress } from '../domain/media-address.ts';
import { assertWritable } from './disk-room.ts';
import type { RecipeContext, SourceResult } from './events.ts';
import type { MakeOptions, MakePorts } from './make-request.ts';
import { makeClips } from './make.ts';

/** What became of every source, and the exit code that says the worst of it. */
export type BatchResult = { readonly results: readonly SourceResult[]; readonly exitCode: number };

/** A source to make clips of: a file or an address, or the files of one recording. */
export type Job = readonly string[];

/** Makes clips of several sources, one after the other. One that fails or holds nothing to cut doesn't stop the others. @throws cancelled.*, input.not_writable */
export async function makeBatch(
  jobs: readonly Job[],
  options: MakeOptions,
  ports: MakePorts,
  context: RecipeContext,
): Promise<BatchResult> {
  if (!options.isDryRun) await assertWritable(options.outFolder);
  const results: SourceResult[] = [];
  for (const [index, paths] of jobs.entries()) {
    context.emit({ event: 'source', path: nameOf(paths), index, count: jobs.length });
    const result = await makeOne(paths, options, ports, context);
    context.emit({ event: 'sourceResult', result });
    results.push(result);
  }
  const exitCode = Math.max(0, ...results.map(exitCodeOf));
  context.emit({ event: 'finished', exitCode, results });
  return { results, exitCode };
}

/** What is said of a job: its first file, or its address without what may be secret. */
function nameOf([first = '']: Job): string {
  return isMediaAddress(first) ? describeMediaAddress(first) : first;
}

async function makeOne(
  paths: Job,
  options: MakeOptions,
  ports: MakePorts,
  context: RecipeContext,
): Promise<SourceResult> {
  const path = nameOf(paths);
  try {
    const made = await makeClips(paths, options, ports, context);
    if (made.status === 'skipped') return { status: 'skipped', path, reason: made.reason };
    return { status: 'done', path, isDryRun: options.isDryRun, ...made.value };
  } catch (error) {
    if (context.signal.aborted || isAbortError(error)) throw error;
    return { status: 'failed', path, error: toErrorRecord(error) };
  }
}

/** A source that was skipped is no failure; a clip that is missing or failed its check is one of a tool. */
function exitCodeOf(result: SourceResult): number {
  if (result.status === 'skipped') return 0;
  if (result.status === 'failed') {
    return errorStatuses[result.error.code.split('.')[0] as ErrorKind].exitCode;
  }
  return result.clips.every((clip) => clip.status === 'made') ? 0 : errorStatuses.tool.exitCode;
}
