import {
  isTakeoutName,
  readName,
  readTitle,
  weighWords,
  type ReadName,
  type ReadTitle,
} from './file-names.ts';
import {
  weighFacts,
  type CandidateFile,
  type Evidence,
  type VideoField,
  type WantedVideo,
} from './weigh-match.ts';

/** How sure a match is. `sure`: its identity is told by an id, a name or a sound, and nothing speaks against it. */
export type Certainty = 'sure' | 'likely' | 'possible';

/** A file and the video that it may be the original of. */
export type FileMatch = {
  /** Of the files and of the videos that were given. */
  readonly file: number;
  readonly video: number;
  /** 0 to 1: how likely it is, beside all other videos and none. */
  readonly confidence: number;
  readonly certainty: Certainty;
  readonly evidence: readonly Evidence[];
};

/** Evidence from listening, where both sounds were at hand. */
export type HeardEvidence = (file: number, video: number) => Evidence | undefined;

/** How likely a file is any of the videos before anything is known of it. */
const anyVideo = 0.5;

const limits = { sure: 0.95, likely: 0.7, possible: 0.15 } as const;

/** So many matches a file are told at most. */
const maxPerFile = 3;

/**
 * Matches files to videos: the odds of all that speaks for a pair, multiplied, beside those of every other video and of none (Bayes' rule,
 * each kind of evidence taken as independent). What only a length tells is shared by all files of that length. Best first for each file.
 */
export function matchFiles(
  files: readonly CandidateFile[],
  wantedVideos: readonly WantedVideo[],
  heard: HeardEvidence,
): FileMatch[] {
  const videos = wantedVideos.map((video) => ({ ...video, read: readTitle(video.title) }));
  const field = describeField(videos);
  const matches: (Omit<FileMatch, 'certainty'> & { readonly odds: number })[] = [];
  for (const [file, candidate] of files.entries()) {
    const named = { ...candidate, read: readName(candidate.name) };
    const weighed = videos.map((wanted, video) => {
      const facts = weighFacts(named, wanted, field);
      const sound = heard(file, video);
      const evidence = sound === undefined ? facts : [...silence(facts, sound), sound];
      return { video, evidence, odds: evidence.reduce((product, { odds }) => product * odds, 1) };
    });
    const prior = anyVideo / videos.length;
    const total = 1 - anyVideo + weighed.reduce((sum, { odds }) => sum + prior * odds, 0);
    const best = weighed
      .map(({ video, evidence, odds }) => ({
        file,
        video,
        evidence,
        odds,
        confidence: (prior * odds) / total,
      }))
      .filter(
        ({ confidence, evidence }) => confidence >= limits.possible && evidence.some(({ odds }) => odds > 2),
      )
      .toSorted((a, b) => b.confidence - a.confidence)
      .slice(0, maxPerFile);
    matches.push(...best);
  }
  return matches
    .map(({ odds, ...match }) =>
      finish(
        match,
        matches.filter(({ video }) => video === match.video),
        odds,
      ),
    )
    .filter(({ confidence }) => confidence >= limits.possible);
}

/** What is known of all videos together. */
function describeField(videos: readonly (WantedVideo & { readonly read: ReadTitle })[]): VideoField {
  const named = new Map<ReadName, number>();
  return {
    weigh: weighWords(videos.map(({ read }) => read)),
    durationsMs: videos
      .flatMap(({ durationMs }) => (durationMs === undefined ? [] : [durationMs]))
      .toSorted((a, b) => a - b),
    countNamed(name) {
      const known = named.get(name) ?? videos.filter(({ read }) => isTakeoutName(name, read)).length;
      named.set(name, known);
      return known;
    },
  };
}

/** Where the sound is the same, another length or name is no argument against it. */
function silence(facts: readonly Evidence[], sound: Evidence): Evidence[] {
  if (sound.odds <= 2) return [...facts];
  return facts.map((fact) => (fact.odds < 1 ? { ...fact, odds: 1 } : fact));
}

/** Takes into account who else may be the same video, and says how sure it is. */
function finish(
  match: Omit<FileMatch, 'certainty'>,
  rivals: readonly (Omit<FileMatch, 'certainty'> & { readonly odds: number })[],
  odds: number,
): FileMatch {
  const isKnown = isIdentified(match.evidence);
  const others = rivals.filter(({ file }) => file !== match.file).reduce((sum, rival) => sum + rival.odds, 0);
  const confidence = isKnown ? match.confidence : Math.min(match.confidence, odds / (1 + odds + others));
  // People rename files: a name that says something else is no argument against an id or a sound.
  const isContradicted = match.evidence.some(({ kind, odds: own }) => kind !== 'title' && own < 0.5);
  const certainty =
    confidence >= limits.sure && isKnown && !isContradicted
      ? 'sure'
      : confidence >= limits.likely && !isContradicted
        ? 'likely'
        : 'possible';
  return { ...match, confidence, certainty };
}

/** Whether more than chance tells which video it is: its id, Takeout's name, its sound, or a title and a length that agree. */
function isIdentified(evidence: readonly Evidence[]): boolean {
  const oddsOf = (kind: Evidence['kind']) => evidence.find((each) => each.kind === kind)?.odds ?? 0;
  if (oddsOf('sound') >= 1e6) return true;
  if (evidence.some(({ kind }) => kind === 'sound')) return false;
  const isLongEnough = evidence.every(({ kind, odds }) => kind !== 'duration' || odds > 0.05);
  return (
    ((oddsOf('id') > 0 || oddsOf('name') > 0) && isLongEnough) ||
    (oddsOf('title') >= 200 && oddsOf('duration') > 5)
  );
}
