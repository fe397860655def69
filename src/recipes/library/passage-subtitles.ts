import { formatSrt } from '../../domain/caption-files.ts';
import type { Passage } from '../../domain/library.ts';
import { folderNameFor } from '../output-names.ts';
import { readAsset, readAssetTranscript } from './assets.ts';
import type { Library } from './library.ts';

/** Subtitles of one video: what was found in it, at its own times. */
export type PassageSubtitles = { readonly assetId: string; readonly name: string; readonly srt: string };

/**
 * What was found as SubRip text, one for each video, since times are its own. Names are those of the files without ending, no two alike.
 * @throws not_found.transcript
 */
export async function subtitlePassages(
  library: Library,
  passages: readonly Passage[],
): Promise<PassageSubtitles[]> {
  const subtitles: PassageSubtitles[] = [];
  const names = new Set<string>();
  for (const [assetId, own] of Map.groupBy(passages, (passage) => passage.assetId)) {
    const asset = await readAsset(library, assetId);
    if (asset === undefined) continue;
    const { words } = await readAssetTranscript(library, asset);
    const found = words.filter((word) =>
      own.some(({ startMs, endMs }) => word.startMs >= startMs && word.startMs < endMs),
    );
    const plain = folderNameFor(asset.path);
    const name = names.has(plain.toLowerCase()) ? `${plain}-${assetId.slice(0, 6)}` : plain;
    names.add(name.toLowerCase());
    subtitles.push({ assetId, name, srt: formatSrt([{ words: found }]) });
  }
  return subtitles;
}
