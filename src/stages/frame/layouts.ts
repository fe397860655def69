import type { FramedLayout, FramingWish } from '../../domain/framing.ts';
import { rationalToNumber } from '../../domain/time.ts';
import { isSameShape, quantile } from './geometry.ts';
import { divideScreen } from './panes.ts';
import { describeScreen, type PictureDetail } from './picture-detail.ts';
import { canHold, mainPeople, planTakes, type Scene, type Seen, type Take } from './subject.ts';

/** Which layout a stretch of a shot gets, by what is in it and what was asked for. Pure. */

/** A stretch with its layout; of several panes, who is in which. */
export type Layout = Take & {
  readonly layout: FramedLayout;
  readonly panes?: readonly (readonly string[])[];
};

/** Four takes or more of less than this on average unsettle: then both are seen all the time. In seconds. */
const quickTakeSeconds = 2;
const quickTakes = 4;

/** A group of so many whom nobody can tell apart by their speaking is a subject as a whole. */
const groupSize = 4;

/** Beside a screen a face is small, and stands still near an edge. Parts of the picture. */
const cornerFace = { height: 0.34, fromMiddle: 0.22 };

/** Chooses layouts for one shot. `detail` says what the picture is like beside its faces, where that was looked at. */
export function chooseLayouts(scene: Scene, wish: FramingWish, detail: PictureDetail | undefined): Layout[] {
  const { picture, canvas, people } = scene;
  const { layout = 'auto', focus } = wish;
  const takes = planTakes(scene, focus);
  const all = (kind: FramedLayout, reason: string, extra: Partial<Layout> = {}): Layout[] => [
    {
      ...scene.shot,
      ids: [],
      isTogether: false,
      isSpeaking: takes.some((take) => take.isSpeaking),
      ...extra,
      layout: kind,
      reason,
    },
  ];
  if (layout === 'fit') {
    return isSameShape(picture, canvas)
      ? all('whole', 'it has the shape already')
      : all('fit', 'as asked: fit');
  }
  const main = choosePanes(scene);
  if (layout === 'split' && main.length > 1) return all(...paneLayout(main, 'as asked: split'));
  const screen = layout === 'screen' || layout === 'auto' ? findScreenFace(scene, detail) : undefined;
  const canDivide = divideScreen(canvas, picture) !== undefined && !isSameShape(picture, canvas);
  if (screen !== undefined && canDivide) {
    const panes = [[], [screen.id]];
    return all('screen', 'a screen, and a face in its corner', { ids: [screen.id], panes });
  }
  if (layout === 'screen' && canDivide && people.length > 0) {
    return takes.map((take): Layout => {
      const ids = take.isTogether ? take.ids.slice(0, 1) : take.ids;
      return {
        ...take,
        ids,
        isTogether: false,
        layout: 'screen',
        reason: 'as asked: screen',
        panes: [[], ids],
      };
    });
  }
  if (layout === 'auto' && focus === undefined) {
    if (isSameShape(picture, canvas)) return all('whole', 'it has the shape already');
    const isFaceless = people.every((person) => person.isFaceless);
    if (isFaceless && detail !== undefined && describeScreen(detail, picture, canvas).isCutUp) {
      return all('fit', 'text or drawing that no crop holds');
    }
    if (isQuick(takes, scene) && main.length > 1)
      return all(...paneLayout(main, 'they speak by turns, quickly'));
    const group = mainPeople(people);
    const isSilent = takes.every(({ isSpeaking }) => !isSpeaking);
    const size = sizeOfGroup(group);
    if (isSilent && size >= groupSize && !canHold(group, picture, canvas)) {
      return all('fit', `a group of ${size} that no crop holds`);
    }
  }
  return takes.map((take) => settle(take, scene, layout !== 'fill'));
}

/** A take as a crop, or whole where the crop would cut its face. */
function settle(take: Take, { people, picture, canvas }: Scene, mayFit: boolean): Layout {
  const first = people.find(({ id }) => id === take.ids[0]);
  if (
    !mayFit ||
    first === undefined ||
    first.isFaceless ||
    take.isTogether ||
    canHold([first], picture, canvas)
  ) {
    return { ...take, layout: 'fill' };
  }
  return { ...take, layout: 'fit', reason: 'the face is larger than any crop' };
}

/** How many are seen at the same time, mostly: who comes after another left, or got a second name, makes no group with them. */
function sizeOfGroup(people: readonly Seen[]): number {
  const counts = (people[0]?.faces ?? []).map(
    (_, frame) => people.filter(({ faces }) => faces[frame] !== undefined).length,
  );
  return quantile(counts, 0.5);
}

function isQuick(takes: readonly Take[], { shot, frameRate }: Scene): boolean {
  const seconds = (shot.endFrame - shot.startFrame) / rationalToNumber(frameRate);
  return takes.length >= quickTakes && seconds / takes.length < quickTakeSeconds;
}

/** Who gets a pane: the speakers, else those who stand out, at most four, from left to right. */
function choosePanes({ people, turns }: Scene): Seen[] {
  const speaks = (person: Seen) => turns.some(({ trackId }) => trackId === person.id);
  const main = mainPeople(people);
  const chosen = [...people.filter(speaks), ...main.filter((person) => !speaks(person))];
  return chosen.slice(0, 4).toSorted((a, b) => a.across - b.across);
}

function paneLayout(main: readonly Seen[], reason: string): [FramedLayout, string, Partial<Layout>] {
  const ids = main.map(({ id }) => id);
  return [main.length === 2 ? 'split' : 'panes', reason, { ids, panes: ids.map((id) => [id]) }];
}

/** The face of whoever speaks over a screen: alone, small, beside the middle, and the picture around it drawn or written. */
function findScreenFace(
  { people, picture, canvas }: Scene,
  detail: PictureDetail | undefined,
): Seen | undefined {
  const present = people.filter(({ presence }) => presence > 0.5);
  const [face] = present;
  if (face === undefined || face.isFaceless || present.length > 1 || detail === undefined) return undefined;
  const isSmall = face.height < cornerFace.height * picture.height;
  const isAside = Math.abs(face.across - 0.5) > cornerFace.fromMiddle;
  return isSmall && isAside && describeScreen(detail, picture, canvas).isDrawn ? face : undefined;
}
