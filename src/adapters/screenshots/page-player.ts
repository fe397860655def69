import { error as seleniumError, type WebDriver, type WebElement } from 'selenium-webdriver';
import { readPictureHeader } from '../../domain/picture-header.ts';
import { choosePlayer, type PlacedVideo } from './choose-player.ts';
import { describeSeconds, noPage, playerError, restlessError, seekError } from './page-errors.ts';
import {
  findConsentButton,
  findPlayerButton,
  surveyFrame,
  waitForChange,
  type FrameSurvey,
} from './page-survey.ts';
import {
  measureWindow,
  playSilently,
  raiseElement,
  seekVideo,
  standsStill,
  type SeekResult,
} from './page-video.ts';

/** A video that was found on a page, and stands ready. */
export type FoundPlayer = {
  readonly player: PlacedVideo;
  readonly durationSeconds: number;
};

/** What finding and showing a video needs. */
export type PlayerContext = {
  readonly driver: WebDriver;
  /** The latest moment to wait for, by `performance.now()`. */
  deadlineMs: number;
  readonly waitMs: number;
  /** Times asked for reach so far, in seconds. */
  readonly lastSeconds: number;
  /** Told what the user should know. */
  readonly onNotice: (text: string) => void;
  /** Set when a video was taken for the right one although the page says that it is longer or shorter. */
  takesOther?: boolean;
};

/** Frames in frames are looked into so deep, and so many altogether. */
const mostDepth = 3;
const mostFrames = 20;

/** A page has so many dialogs to answer at most. */
const mostConsents = 5;

/** Between two looks at a page, in ms, where nothing is heard of it before. */
const lookEveryMs = 500;

/** After this long a browser that shows no page of the web will show none, in ms. */
const noPageAfterMs = 1000;

/** After this long a page that came with an error status will show no video, in ms; some do all the same. */
const refusedAfterMs = 3000;

/** No picture is larger than this on a side, in px: browsers draw none. */
const largestSide = 4096;

/** So often it is tried again when a page moves its video while its picture is taken. */
const mostTries = 6;

/** Finds the video that a page is about: consent is answered, advertisements are waited for. @throws input.no_player and the like */
export async function findPlayer(context: PlayerContext): Promise<FoundPlayer> {
  const since = new Map<string, number>();
  let consents = 0;
  let isFirst = true;
  const startedMs = performance.now();
  for (;;) {
    const seen = await surveyPage(context.driver);
    const { lastSeconds } = context;
    const choice = choosePlayer(seen.videos, { lastSeconds, declaredSeconds: seen.declaredSeconds });
    if (choice.status === 'failed') throw playerError(choice, { ...context, status: seen.status });
    if (choice.status === 'ready') return found(choice.player);
    const nowMs = performance.now();
    if (!seen.isWebPage && choice.why === 'none' && nowMs - startedMs > noPageAfterMs) throw noPage();
    if ((seen.status ?? 0) >= 400 && choice.why === 'none' && nowMs - startedMs > refusedAfterMs) {
      throw playerError(choice, { ...context, status: seen.status });
    }
    if (seen.isMediaFile && choice.why === 'short')
      throw playerError(choice, { ...context, status: seen.status });
    const { why, player, forSeconds } = choice;
    const key = `${why} ${player?.video.durationSeconds ?? ''}`;
    const sinceMs = since.get(key) ?? nowMs;
    since.set(key, sinceMs);
    const isOver =
      nowMs >= context.deadlineMs || (forSeconds !== undefined && nowMs - sinceMs > forSeconds * 1000);
    if (why === 'other' && player !== undefined && (isOver || context.takesOther === true)) {
      if (context.takesOther === true) return found(player);
      context.takesOther = true;
      const lasts = player.video.durationSeconds ?? 0;
      context.onNotice(
        `The page says that its video lasts ${describeSeconds(seen.declaredSeconds ?? 0)}; the one that it shows lasts ${describeSeconds(lasts)}.`,
      );
      return found(player);
    }
    if (isOver) throw playerError(choice, { ...context, status: seen.status });
    if (consents < mostConsents && (await answerConsent(context, seen.frames))) {
      consents += 1;
      continue;
    }
    if (player !== undefined) {
      await inFrame(context.driver, player.frames, async () => {
        if (why === 'advertisement')
          await press(context.driver, await context.driver.executeScript(findPlayerButton, 'skip'));
        const video = await videoAt(context.driver, player);
        if (video !== undefined) await context.driver.executeScript(playSilently, video);
      });
    } else if (!isFirst) {
      for (const frames of seen.frames) {
        const isPressed = await inFrame(context.driver, frames, async () =>
          press(context.driver, await context.driver.executeScript(findPlayerButton, 'play')),
        );
        if (isPressed === true) break;
      }
    }
    isFirst = false;
    await listen(context.driver, Math.min(lookEveryMs, Math.max(1, context.deadlineMs - nowMs)));
  }
}

function found(player: PlacedVideo): FoundPlayer {
  return { player, durationSeconds: player.video.durationSeconds ?? 0 };
}

/** Waits until something changes on the page. */
async function listen(driver: WebDriver, mostMs: number): Promise<void> {
  try {
    await driver.switchTo().defaultContent();
    await driver.executeAsyncScript(waitForChange, mostMs);
  } catch (error) {
    rethrowUnlessMoved(error);
  }
}

type PageSurvey = {
  readonly videos: readonly PlacedVideo[];
  /** The ways to all frames that were looked at, the page itself (no frame) first. */
  readonly frames: readonly (readonly number[])[];
  readonly declaredSeconds: number | undefined;
  readonly status: number | undefined;
  readonly isWebPage: boolean;
  readonly isMediaFile: boolean;
};

async function surveyPage(driver: WebDriver): Promise<PageSurvey> {
  const videos: PlacedVideo[] = [];
  const waiting: (readonly number[])[] = [[]];
  const frames: (readonly number[])[] = [];
  let declaredSeconds: number | undefined;
  let status: number | undefined;
  let isWebPage = true;
  let isMediaFile = false;
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const current = path;
    const survey = await inFrame(driver, current, () =>
      driver.executeScript<FrameSurvey | null>(surveyFrame),
    );
    if (survey === undefined || survey === null) continue;
    frames.push(current);
    if (current.length === 0) ({ status, isWebPage, isMediaFile } = survey);
    declaredSeconds ??= survey.declaredSeconds ?? undefined;
    for (const video of survey.videos) videos.push({ frames: current, video: withoutNulls(video) });
    if (current.length >= mostDepth) continue;
    for (const index of survey.frames) {
      if (frames.length + waiting.length < mostFrames) waiting.push([...current, index]);
    }
  }
  return { videos, frames, declaredSeconds, status: status ?? undefined, isWebPage, isMediaFile };
}

/** What is undefined in a page comes as null. */
function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null)) as T;
}

/** Runs something inside a frame; undefined where the frame or the page is gone meanwhile. */
async function inFrame<T>(
  driver: WebDriver,
  frames: readonly number[],
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    await driver.switchTo().defaultContent();
    for (const index of frames) {
      const element = await elementAt(driver, 'iframe', index);
      if (element === undefined) return undefined;
      await driver.switchTo().frame(element);
    }
    return await run();
  } catch (error) {
    rethrowUnlessMoved(error);
    return undefined;
  }
}

function elementAt(
  driver: WebDriver,
  name: 'iframe' | 'video',
  index: number,
): Promise<WebElement | undefined> {
  return driver
    .executeScript<WebElement | null>(
      'return document.querySelectorAll(arguments[0])[arguments[1]] ?? null',
      name,
      index,
    )
    .then((element) => element ?? undefined);
}

function videoAt(driver: WebDriver, { video }: PlacedVideo): Promise<WebElement | undefined> {
  return elementAt(driver, 'video', video.index);
}

/** Errors that say that a page went on to another while it was looked at, or said something that was dismissed. */
const moved = [
  seleniumError.NoSuchFrameError,
  seleniumError.NoSuchElementError,
  seleniumError.StaleElementReferenceError,
  seleniumError.JavascriptError,
  seleniumError.ScriptTimeoutError,
  seleniumError.ElementNotInteractableError,
  seleniumError.MoveTargetOutOfBoundsError,
  seleniumError.UnexpectedAlertOpenError,
];

function rethrowUnlessMoved(error: unknown): void {
  const isMoved =
    moved.some((kind) => error instanceof kind) ||
    (error instanceof seleniumError.WebDriverError &&
      /execution context|detached|frame was|aborted by navigation|Argument was a|cross-origin/iu.test(
        error.message,
      ));
  if (!isMoved) throw error;
}

async function press(driver: WebDriver, button: WebElement | null | undefined): Promise<boolean> {
  if (button === null || button === undefined) return false;
  try {
    await button.click();
  } catch (error) {
    // Something lies over it.
    if (!(error instanceof seleniumError.WebDriverError)) throw error;
    await driver.executeScript('arguments[0].click()', button);
  }
  return true;
}

async function answerConsent(
  { driver, onNotice }: PlayerContext,
  frames: readonly (readonly number[])[],
): Promise<boolean> {
  for (const path of frames) {
    const isAnswered = await inFrame(driver, path, async () => {
      const answer = await driver.executeScript<{
        button: WebElement;
        label: string;
        refuses: boolean;
      } | null>(findConsentButton);
      if (answer === null) return false;
      await press(driver, answer.button);
      const label = String(answer.label).slice(0, 60);
      onNotice(
        answer.refuses
          ? `The page asked for consent: "${label}" was pressed.`
          : `The page asked for consent and takes no other answer: "${label}" was pressed, in a browser that forgets it.`,
      );
      return true;
    });
    if (isAnswered === true) return true;
  }
  return false;
}

/** A picture of a found video at a time: its frame's own time in seconds where it is known, and a PNG. */
export async function showTime(
  context: PlayerContext,
  atSeconds: number,
): Promise<{ mediaSeconds: number | undefined; png: Buffer }> {
  for (let turn = 0; turn < mostTries; turn += 1) {
    context.deadlineMs = performance.now() + context.waitMs;
    // Again each time: an advertisement may have come between.
    const { player, durationSeconds } = await findPlayer(context);
    const picture = await inFrame(context.driver, [], () =>
      shootPlayer(context, player, Math.min(atSeconds, durationSeconds)),
    );
    if (picture === undefined || picture === 'again') continue;
    if ('status' in picture) throw seekError(picture, atSeconds, context.waitMs);
    return picture;
  }
  throw restlessError(atSeconds);
}

/** One try; `again` where the page came between. */
async function shootPlayer(
  { driver, waitMs }: PlayerContext,
  player: PlacedVideo,
  seconds: number,
): Promise<
  { mediaSeconds: number | undefined; png: Buffer } | Extract<SeekResult, { status: 'failed' }> | 'again'
> {
  const size = fitSize(player.video);
  await raise(driver, player, size);
  const video = await inFrame(driver, player.frames, () => videoAt(driver, player));
  if (video === undefined) return 'again';
  const result = await driver.executeAsyncScript<SeekResult | null>(seekVideo, video, seconds, waitMs);
  // An alert came between, and was dismissed.
  if (result === null) return 'again';
  if (result.status === 'failed') return result;
  const natural = fitSize(result);
  // A finer rendition came with the seek.
  if (natural.width !== size.width || natural.height !== size.height) return 'again';
  const png = await shootOuter(driver, player);
  const isStill = await inFrame(driver, player.frames, () =>
    driver.executeScript<boolean>(standsStill, video, seconds),
  );
  if (isStill !== true || readPictureHeader(png) === undefined) return 'again';
  if (isAdvertisementNow(await surveyPage(driver), player)) return 'again';
  return { mediaSeconds: result.mediaSeconds ?? undefined, png };
}

function isAdvertisementNow({ videos }: PageSurvey, player: PlacedVideo): boolean {
  const now = videos.find(
    ({ frames, video }) => frames.join() === player.frames.join() && video.index === player.video.index,
  );
  return now === undefined || now.video.isAdvertisement;
}

/** A picture of what lies over the page: the video, or the outermost frame that it is in. */
async function shootOuter(driver: WebDriver, player: PlacedVideo): Promise<Buffer> {
  await driver.switchTo().defaultContent();
  const [frame] = player.frames;
  const element =
    frame === undefined ? await videoAt(driver, player) : await elementAt(driver, 'iframe', frame);
  if (element === undefined) throw new seleniumError.NoSuchElementError('the video is gone');
  const png: string | null = await element.takeScreenshot();
  return Buffer.from(png ?? '', 'base64');
}

type Size = { readonly width: number; readonly height: number };

function fitSize({ naturalWidth, naturalHeight }: { naturalWidth: number; naturalHeight: number }): Size {
  const scale = Math.min(1, largestSide / Math.max(naturalWidth, naturalHeight));
  return { width: Math.round(naturalWidth * scale), height: Math.round(naturalHeight * scale) };
}

/** Lays the video and every frame that it is in over the page, in the video's own size. */
async function raise(driver: WebDriver, player: PlacedVideo, size: Size): Promise<void> {
  await driver.switchTo().defaultContent();
  type WindowSize = ReturnType<typeof measureWindow>;
  const now = await driver.executeScript<WindowSize | null>(measureWindow);
  if (now === null) return;
  if (now.width < size.width || now.height < size.height) {
    await driver
      .manage()
      .window()
      .setRect({
        x: 0,
        y: 0,
        width: Math.max(now.width, size.width) + now.frameWidth,
        height: Math.max(now.height, size.height) + now.frameHeight,
      });
  }
  for (const [depth, index] of player.frames.entries()) {
    await inFrame(driver, player.frames.slice(0, depth), async () => {
      const frame = await elementAt(driver, 'iframe', index);
      if (frame !== undefined) await driver.executeScript(raiseElement, frame, size.width, size.height);
    });
  }
  await inFrame(driver, player.frames, async () => {
    const video = await videoAt(driver, player);
    if (video !== undefined) await driver.executeScript(raiseElement, video, size.width, size.height);
  });
}
