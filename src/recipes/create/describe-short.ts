import { basename } from 'node:path';
import type { LibraryAsset } from '../../domain/library.ts';
import type { Post } from '../../domain/post.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Script } from '../../domain/script.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { creditSources, type FilmSource } from '../../stages/remix/credit.ts';
import type { SpokenLine } from '../../stages/speak/speak-lines.ts';

/** Limits of the document. */
const mostTags = 15;
const longestTag = 60;
const longestDescription = 5000;

/** What goes with a created short when it is posted: its script's own words, where each line was said, and what in it was made. */
export function describeShort(
  script: Script,
  lines: readonly SpokenLine[],
  assets: ReadonlyMap<string, LibraryAsset>,
  timeline: Timeline,
): Post {
  const sources = script.lines.flatMap((line, index): FilmSource[] => {
    const [receipt] = line.receipts;
    const asset = receipt === undefined ? undefined : assets.get(receipt.assetId);
    const heard = lines[index];
    if (receipt === undefined || asset === undefined || heard === undefined) return [];
    return [
      {
        title: asset.title,
        name: basename(asset.path),
        ...(asset.address === undefined ? {} : { address: asset.address }),
        contentHash: asset.contentHash,
        range: { startMs: receipt.startMs, endMs: Math.max(receipt.startMs, receipt.endMs) },
        at: { startMs: heard.startMs, endMs: heard.endMs },
        words: line.text,
        role: line.role,
        why: script.way === 'extractive' ? 'It was said so.' : 'It says what was said there.',
      },
    ];
  });
  const chosenBy = script.model ?? 'the words alone';
  const about =
    script.way === 'extractive'
      ? `Told in the creator's own sentences on "${script.topic}".`
      : `Written by ${chosenBy} from what the creator said on "${script.topic}".`;
  const post = creditSources({ title: script.title, about, score: 0, reasons: [], chosenBy }, sources, []);
  const own = script.description.trim();
  const tags = script.tags.map((tag) => [...tag].slice(0, longestTag).join('')).slice(0, mostTags);
  const made = listMade(timeline);
  return {
    ...post,
    ...(own === '' ? {} : { description: own.slice(0, longestDescription) }),
    ...(tags.length === 0 ? {} : { tags }),
    containsSyntheticMedia: isMarked(made),
    made: made.map(({ from: _, ...rest }) => rest),
  };
}

/** Everything in a timeline that is no recording, each maker once. */
function listMade(timeline: Timeline): Provenance[] {
  const made = new Map<string, Provenance>();
  for (const asset of timeline.assets) {
    if (!('provenance' in asset) || asset.provenance === undefined) continue;
    const { from: _, ...own } = asset.provenance;
    made.set(JSON.stringify(own), own);
  }
  return [...made.values()];
}

/** A synthetic voice is marked whoever it sounds like, and a made picture where it could be taken for real. */
function isMarked(made: readonly Provenance[]): boolean {
  return made.some(({ isSynthetic, isRealistic, kind }) => isSynthetic && (isRealistic || kind === 'speech'));
}
