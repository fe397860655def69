import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileErrors } from '../../domain/file-error.ts';
import type { StageContext } from '../../stages/stage.ts';
import type { LocatePorts } from '../library/locate.ts';
import type { OutputFolder } from '../output-folder.ts';

/** Where what a short is made of lies, in its folder. */
const mediaFolder = 'media';

/** Puts a finished temporary file into the folder's `media`, named by its content, so that the same is there once. */
export async function placeMedia(
  temporaryPath: string,
  ending: string,
  folder: OutputFolder,
  ports: Pick<LocatePorts, 'hashFile'>,
  context: StageContext,
): Promise<{ readonly path: string; readonly contentHash: string }> {
  const contentHash = await ports.hashFile(temporaryPath, context);
  const media = join(folder.path, mediaFolder);
  await withFileErrors(media, () => mkdir(media, { recursive: true }));
  // Forward slashes: the document is read on other machines too.
  const name = `${mediaFolder}/${contentHash.slice('sha256:'.length, 'sha256:'.length + 16)}.${ending}`;
  const placed = await folder.place(name, temporaryPath);
  return { path: placed.name, contentHash };
}
