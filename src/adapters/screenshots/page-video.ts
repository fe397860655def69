/// <reference lib="dom" />

/**
 * What is done with one video of a page, from inside it. These functions are sent to the browser as text: each is whole in itself and uses
 * nothing of this module.
 */

/** What became of a seek. */
export type SeekResult =
  | {
      readonly status: 'shown';
      /** When the painted frame begins, in seconds of the video; undefined where the browser does not say. */
      readonly mediaSeconds: number | undefined;
      readonly naturalWidth: number;
      readonly naturalHeight: number;
    }
  | {
      readonly status: 'failed';
      readonly errorCode: number | undefined;
      readonly readyState: number;
      /** The time cannot be gone to: its server sends it from the beginning only. */
      readonly isOutOfReach: boolean;
    };

/** Lets a video play without sound, so that it loads, or so that what comes before it passes. */
export function playSilently(video: HTMLVideoElement): void {
  video.muted = true;
  video.preload = 'auto';
  // Ours may lie over it: see below.
  Reflect.deleteProperty(video, 'play');
  video.play().catch(() => {});
}

/**
 * Goes to a time and calls back when a frame of there is painted: `seeked` says that it was decoded, and `requestVideoFrameCallback` that it
 * went to the screen (https://wicg.github.io/video-rvfc/).
 */
export function seekVideo(
  video: HTMLVideoElement,
  seconds: number,
  mostMs: number,
  done: (result: SeekResult) => void,
): void {
  const knowsFrames = 'requestVideoFrameCallback' in video;
  let mediaSeconds: number | undefined;
  let isSeeked = false;
  let isPainted = !knowsFrames;
  let isOver = false;
  let nudge: ReturnType<typeof setTimeout> | undefined;
  const twoFrames = (run: () => void) => requestAnimationFrame(() => requestAnimationFrame(run));
  const finish = (result: SeekResult) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    clearTimeout(nudge);
    video.removeEventListener('seeked', onSeeked);
    video.removeEventListener('error', fail);
    video.removeEventListener('play', onPlay);
    done(result);
  };
  const settle = () => {
    if (!isSeeked || !isPainted) return;
    // Two frames of the page later it is on the screen for certain.
    twoFrames(() => {
      if (!isSeeked || !isPainted || video.seeking) return;
      const { videoWidth, videoHeight } = video;
      finish({ status: 'shown', mediaSeconds, naturalWidth: videoWidth, naturalHeight: videoHeight });
    });
  };
  const onFrame: VideoFrameRequestCallback = (_now, metadata) => {
    if (isOver) return;
    video.requestVideoFrameCallback(onFrame);
    // A frame from behind the time is one of before the seek.
    if (metadata.mediaTime > seconds + 0.002) return;
    mediaSeconds = metadata.mediaTime;
    isPainted = true;
    settle();
  };
  const go = () => {
    isSeeked = false;
    video.currentTime = seconds;
  };
  const onSeeked = () => {
    if (Math.abs(video.currentTime - seconds) > 0.01) {
      // Else the page sought somewhere else meanwhile.
      return isOutOfReach() ? fail() : go();
    }
    isSeeked = true;
    settle();
    // The frame on the screen may be the very one: then none is painted until another was.
    if (!isPainted) nudge ??= setTimeout(goAwayAndBack, 500);
  };
  const goAwayAndBack = () => {
    if (isPainted || isOver) return;
    isSeeked = false;
    const onAway = () => {
      video.removeEventListener('seeked', onAway);
      twoFrames(() => {
        video.addEventListener('seeked', onSeeked);
        isPainted = !knowsFrames;
        go();
      });
    };
    video.removeEventListener('seeked', onSeeked);
    video.addEventListener('seeked', onAway);
    video.currentTime = seconds > 2 ? 0 : Math.min(video.duration, seconds + 2);
  };
  const isOutOfReach = () => {
    const { length } = video.seekable;
    return length > 0 && video.seekable.end(length - 1) < Math.min(seconds, video.duration - 1);
  };
  const fail = () =>
    finish({
      status: 'failed',
      errorCode: video.error?.code,
      readyState: video.readyState,
      isOutOfReach: isOutOfReach(),
    });
  const onPlay = () => video.pause();
  const timer = setTimeout(fail, mostMs);
  video.pause();
  video.muted = true;
  video.loop = false;
  video.autoplay = false;
  // Players that will not stand still ask in vain from now on.
  video.play = () => Promise.resolve();
  for (const track of video.textTracks) track.mode = 'disabled';
  video.addEventListener('error', fail);
  video.addEventListener('play', onPlay);
  // Frames of before that are on their way to the screen come first.
  twoFrames(() => {
    if (isOver) return;
    video.addEventListener('seeked', onSeeked);
    if (knowsFrames) video.requestVideoFrameCallback(onFrame);
    go();
  });
}

/** Whether a video still stands where it was left. */
export function standsStill(video: HTMLVideoElement, seconds: number): boolean {
  return video.paused && !video.seeking && Math.abs(video.currentTime - seconds) < 0.001;
}

/**
 * Lays a video, or the frame that it is in, over everything else on the page, in a size of its own: no control, dialog or filter of the
 * page is on the picture. Nothing is moved in the document, so that nothing loads anew.
 */
export function raiseElement(element: HTMLElement, width: number, height: number): void {
  const style: Readonly<Record<string, string>> = {
    all: 'initial',
    display: 'block',
    position: 'fixed',
    inset: '0px auto auto 0px',
    width: `${width}px`,
    height: `${height}px`,
    'max-width': 'none',
    'max-height': 'none',
    'min-width': '0px',
    'min-height': '0px',
    margin: '0px',
    padding: '0px',
    border: 'none',
    background: 'black',
    'object-fit': 'fill',
    visibility: 'visible',
    opacity: '1',
    transform: 'none',
    filter: 'none',
    'z-index': '2147483647',
  };
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value, 'important');
  if (element instanceof HTMLVideoElement) element.controls = false;
  element.setAttribute('popover', 'manual');
  // Hidden first, so that it comes above what was shown since.
  try {
    element.hidePopover();
  } catch {
    // It was not shown.
  }
  element.showPopover();
  document.documentElement.style.setProperty('overflow', 'hidden', 'important');
}

/** How much larger the window is than the page in it, in px. */
export function measureWindow(): {
  frameWidth: number;
  frameHeight: number;
  width: number;
  height: number;
  pixelRatio: number;
} {
  return {
    frameWidth: outerWidth - innerWidth,
    frameHeight: outerHeight - innerHeight,
    width: innerWidth,
    height: innerHeight,
    pixelRatio: devicePixelRatio,
  };
}
