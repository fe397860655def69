import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** Where the recordings with known truth lie: `PATTERNPIVOT_RECORDINGS`, by default `../shared/data` beside the checkout. */
export const recordingsFolder = resolve(projectRoot, process.env.PATTERNPIVOT_RECORDINGS ?? '../shared/data');

/** The absolute path of a recording (file or folder), or undefined when it is not on this machine. */
export function recordingPath(relative: string): string | undefined {
  const path = resolve(recordingsFolder, relative);
  return existsSync(path) ? path : undefined;
}

/**
 * The path of a recording; where it is missing, the test that asks is skipped with a reason:
 * `test('…', (context) => { const path = needRecording(context, 'speech/misc'); … })`.
 */
export function needRecording(context: { skip(reason: string): never }, relative: string): string {
  return (
    recordingPath(relative) ??
    context.skip(`${relative} is not in ${recordingsFolder} (set PATTERNPIVOT_RECORDINGS)`)
  );
}
