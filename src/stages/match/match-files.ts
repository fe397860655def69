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

/** A length or a part of a name never says more. */
const unidentified = 0.9;

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
  const named = files.map((file) => ({ ...file, read: readName(file.name) }));
  const weigh = (file: number, isTaken: (video: number) => boolean) =>
    weighFile(file, named, videos, field, heard, isTaken);
  const nobody = () => false;
  const drafts = new Map([...files.keys()].map((file) => [file, weigh(file, nobody)]));
  // Takeout gives each video one file: what one of them surely is, the others of its name are not.
  for (let round = 0; round < maxRounds; round++) {
    const settled = finishAll(drafts);
    const owners = new Map(
      settled.flatMap(({ file, video, certainty }) =>
        certainty === 'sure' && files[file]?.isTakeout === true ? [[video, file] as const] : [],
      ),
    );
    const isSettled = new Set(owners.values());
    const rivals = [...drafts].flatMap(([file, own]) =>
      files[file]?.isTakeout === true && !isSettled.has(file) && own.some(({ video }) => owners.has(video))
        ? [file]
        : [],
    );
    if (rivals.length === 0) return settled;
    for (const file of rivals)
      drafts.set(
        file,
        weigh(file, (video) => (owners.get(video) ?? file) !== file),
      );
  }
  return finishAll(drafts);
}

/** So often what is settled may settle something else. */
const maxRounds = 4;

type Draft = Omit<FileMatch, 'certainty'> & { readonly odds: number };

function weighFile(
  file: number,
  files: readonly (CandidateFile & { readonly read: ReadName })[],
  videos: readonly (WantedVideo & { readonly read: ReadTitle })[],
  field: VideoField,
  heard: HeardEvidence,
  isTaken: (video: number) => boolean,
): Draft[] {
  const candidate = files[file];
  if (candidate === undefined) return [];
  const takenCount = videos.filter(
    ({ read }, video) => isTaken(video) && candidate.isTakeout && isTakeoutName(candidate.read, read),
  ).length;
  const own = { ...field, countNamed: (name: ReadName) => field.countNamed(name) - takenCount };
  const weighed = videos.map((wanted, video) => {
    if (isTaken(video)) return { video, evidence: [], odds: 0 };
    const facts = weighFacts(candidate, wanted, own);
    const sound = heard(file, video);
    const evidence = sound === undefined ? facts : [...silence(facts, sound), sound];
    return { video, evidence, odds: evidence.reduce((product, { odds }) => product * odds, 1) };
  });
  const prior = anyVideo / videos.length;
  const total = 1 - anyVideo + weighed.reduce((sum, { odds }) => sum + prior * odds, 0);
  return weighed
    .map(({ video, evidence, odds }) => ({ file, video, evidence, odds, confidence: (prior * odds) / total }))
    .filter(
      ({ confidence, evidence }) => confidence >= limits.possible && evidence.some(({ odds }) => odds > 2),
    )
    .toSorted((a, b) => b.confidence - a.confidence)
    .slice(0, maxPerFile);
}

function finishAll(drafts: ReadonlyMap<number, readonly Draft[]>): FileMatch[] {
  const all = [...drafts.values()].flat();
  const byVideo = Map.groupBy(all, ({ video }) => video);
  return all
    .map(({ odds, ...match }) => finish(match, byVideo.get(match.video) ?? [], odds))
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
function finish(match: Omit<FileMatch, 'certainty'>, rivals: readonly Draft[], odds: number): FileMatch {
  const isKnown = isIdentified(match.evidence);
  const others = rivals.filter(({ file }) => file !== match.file).reduce((sum, rival) => sum + rival.odds, 0);
  const confidence = isKnown
    ? match.confidence
    : Math.min(unidentified, match.confidence, odds / (1 + odds + others));
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
  const duration = oddsOf('duration');
  const isLongEnough = evidence.every(({ kind, odds }) => kind !== 'duration' || odds > 0.05);
  if ((oddsOf('id') > 0 || oddsOf('name') > 0) && isLongEnough) return true;
  const title = oddsOf('title');
  return (title >= 200 && duration >= 1.5) || (title >= 3000 && duration >= 0.5);
}
