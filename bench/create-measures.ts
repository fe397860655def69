import { openAudio } from '../src/media/open-audio.ts';
import type { RenderGraph } from '../src/media/render-graph.ts';
import { runRender } from '../src/media/run-render.ts';
import { frameToMs, type TimeRange } from '../src/domain/time.ts';
import type { Timeline, Track } from '../src/domain/timeline.ts';
import { findAssets } from '../src/stages/render/render.ts';
import { soundGraph } from '../src/stages/render/sound-graph.ts';

/** What a created short is held to: its pictures change between sentences, its music stays under its voice, all of it is as loud as it should be. */

const { signal } = new AbortController();

/** When each sentence of a script is heard, by the captions' words: as many words as it has. */
export function sentenceTimes(timeline: Timeline, sentences: readonly string[]): TimeRange[] {
  const words = timeline.captions.cues.flatMap((cue) => cue.words);
  let next = 0;
  return sentences.map((text) => {
    const own = words.slice(next, (next += text.split(/\s+/u).filter((word) => word !== '').length));
    return { startMs: own[0]?.startMs ?? 0, endMs: own.at(-1)?.endMs ?? 0 };
  });
}

/** By how many frames each change of the picture misses the pause between two sentences: 0 is within it. */
export function pictureMisses(timeline: Timeline, sentences: readonly TimeRange[]): number[] {
  const frameMs = (1000 * timeline.frameRate.den) / timeline.frameRate.num;
  const clips = timeline.tracks.find(({ id }) => id === 'pictures')?.clips ?? [];
  return clips.slice(1).map(({ startFrame }) => {
    const atMs = frameToMs(startFrame, timeline.frameRate);
    const misses = sentences.slice(1).map(({ startMs }, index) => {
      const from = sentences[index]!.endMs;
      return Math.max(0, from - atMs, atMs - startMs) / frameMs;
    });
    return Math.round(Math.min(...misses) * 10) / 10;
  });
}

/** How far the music is under the voice while each sentence is heard, in LU: both alone, as they are in the mix. */
export async function musicUnderVoice(
  timeline: Timeline,
  baseFolder: string,
  sentences: readonly TimeRange[],
): Promise<number[]> {
  const assets = await findAssets(timeline, baseFolder, signal);
  // The voice is silent and still what the music makes way for.
  const silenced = (track: Track): Track => ({
    ...track,
    clips: track.clips.map((clip) => Object.assign({}, clip, { effects: [{ kind: 'gain', gainDb: -60 }] })),
  });
  const sounds = timeline.tracks.filter(({ kind }) => kind === 'audio');
  const only = (kept: string): Timeline => ({
    ...timeline,
    tracks: sounds.map((track) => (track.id === kept ? track : silenced(track))),
  });
  const under: number[] = [];
  for (const range of sentences) {
    const [voice = -70, music = -70] = [
      await loudnessWithin(only('voice'), assets, range),
      await loudnessWithin(only('music'), assets, range),
    ];
    under.push(voice - music);
  }
  return under;
}

async function loudnessWithin(
  timeline: Timeline,
  assets: Awaited<ReturnType<typeof findAssets>>,
  { startMs, endMs }: TimeRange,
): Promise<number> {
  const sound = soundGraph(timeline, assets, undefined);
  // The meter wants some blocks of 400 ms: what is shorter is heard several times.
  const loops = Math.ceil(3000 / Math.max(1, endMs - startMs));
  const samples = Math.round((endMs - startMs) * 48);
  const graph: RenderGraph = {
    inputs: sound.inputs,
    filters: [
      ...sound.lines,
      `[sound]atrim=start=${startMs / 1000}:end=${endMs / 1000},asetpts=N,aloop=loop=${loops}:size=${samples},ebur128@measured=framelog=quiet[out]`,
    ].join(';\n'),
    outputs: [{ kind: 'measure', media: 'audio', label: 'out', keys: [] }],
    durationSeconds: (endMs - startMs) / 1000,
    files: [],
  };
  const { loudness } = await runRender(graph, { signal });
  return loudness['measured']?.integratedLufs ?? -70;
}

/** How loud a finished film is, in LUFS. */
export async function integratedLoudness(path: string): Promise<number> {
  const sound = openAudio(path, { sampleRateHz: 48_000, signal });
  for await (const block of sound) if (block.length === 0) break;
  return sound.loudness().integratedLufs;
}
