/// <reference lib="dom" />

/**
 * What is on a page, looked at from inside it. These functions are sent to the browser as text: each is whole in itself and uses nothing of
 * this module. What they return was said by a stranger's page.
 */

/** A video of a page, as it is now. Times are in seconds. */
export type SeenVideo = {
  /** Its place among the videos of its frame. */
  readonly index: number;
  /** How much of the page it covers, in square px of the layout. */
  readonly area: number;
  /** 0 while nothing is known of what it plays. */
  readonly naturalWidth: number;
  readonly naturalHeight: number;
  /** Undefined while unknown, and for what never ends. */
  readonly durationSeconds: number | undefined;
  readonly isLive: boolean;
  readonly isProtected: boolean;
  /** Whether its player says that an advertisement runs. */
  readonly isAdvertisement: boolean;
  /** HTMLMediaElement's error code: 1 to 4. */
  readonly errorCode: number | undefined;
  readonly hasSource: boolean;
};

/** What one frame of a page shows. */
export type FrameSurvey = {
  readonly videos: readonly SeenVideo[];
  /** Places of the frames inside it that are large enough to matter, among its `iframe` elements. */
  readonly frames: readonly number[];
  /** How long the page says that its video is, in seconds. */
  readonly declaredSeconds: number | undefined;
  /** The answer's status, where the browser tells it. */
  readonly status: number | undefined;
  /** Whether this is a page of the web, and not the browser's own of what went wrong. */
  readonly isWebPage: boolean;
  /** Whether it is a video and nothing else. */
  readonly isMediaFile: boolean;
};

/** Looks at one frame. */
export function surveyFrame(): FrameSurvey {
  const advertisement =
    /(?:^|[-_])(?:ads?|advert)[-_](?:showing|playing|active|interrupting|loading|running|mode|break)$|(?:^|[-_])(?:flag|playing|showing)[-_]ads?$/iu;
  const areaOf = (element: Element) => {
    const { width, height } = element.getBoundingClientRect();
    const { visibility, display } = getComputedStyle(element);
    return visibility === 'hidden' || display === 'none' ? 0 : Math.round(width * height);
  };
  const isAdvertisement = (video: Element) => {
    let element: Element | null = video;
    for (let depth = 0; element !== null && depth < 8; depth += 1) {
      if ([...element.classList].slice(0, 50).some((name) => advertisement.test(name))) return true;
      element = element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
    }
    return false;
  };
  const readDuration = (text: string | null | undefined) => {
    const match = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/u.exec(text?.trim() ?? '');
    if (match === null) return /^\d{1,6}(?:\.\d+)?$/u.test(text ?? '') ? Number(text) : undefined;
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
  };
  const declared = () => {
    const metas = [
      '[itemprop="duration"]',
      'meta[property="og:video:duration"]',
      'meta[property="video:duration"]',
    ];
    for (const selector of metas) {
      const found = readDuration(document.querySelector(selector)?.getAttribute('content'));
      if (found !== undefined && found > 0) return found;
    }
    for (const script of [...document.querySelectorAll('script[type="application/ld+json"]')].slice(0, 20)) {
      const text = script.textContent ?? '';
      if (!/"VideoObject"/u.test(text)) continue;
      const found = readDuration(/"duration"\s*:\s*"([^"]{1,40})"/u.exec(text)?.[1]);
      if (found !== undefined && found > 0) return found;
    }
    return undefined;
  };
  const videos = [...document.querySelectorAll('video')].slice(0, 100).map((video, index) => ({
    index,
    area: areaOf(video),
    naturalWidth: video.videoWidth,
    naturalHeight: video.videoHeight,
    durationSeconds: Number.isFinite(video.duration) && video.duration > 0 ? video.duration : undefined,
    isLive: video.duration === Number.POSITIVE_INFINITY,
    isProtected: video.mediaKeys !== null && video.mediaKeys !== undefined,
    isAdvertisement: isAdvertisement(video),
    errorCode: video.error?.code,
    hasSource: video.currentSrc !== '' || video.srcObject !== null,
  }));
  const frames = [...document.querySelectorAll('iframe')]
    .slice(0, 100)
    .flatMap((frame, index) => (areaOf(frame) >= 100 * 100 ? [index] : []));
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const status = navigation?.responseStatus;
  return {
    videos,
    frames,
    declaredSeconds: declared(),
    status: status === 0 ? undefined : status,
    isWebPage: /^https?:/u.test(document.documentURI) && /^https?:/u.test(location.href),
    isMediaFile: /^(?:video|audio)\//u.test(document.contentType),
  };
}

/**
 * The button of a consent dialog in this frame that says no, or else the one that says yes; undefined where there is no such dialog. Open
 * shadow trees are looked into.
 */
export function findConsentButton(): { button: Element; label: string; refuses: boolean } | undefined {
  // The ids and classes of the usual consent managers: OneTrust, Cookiebot, Didomi, Usercentrics, Quantcast, Sourcepoint, Complianz, CookieYes, Klaro, Osano.
  const refusing = [
    '#onetrust-reject-all-handler',
    '#CybotCookiebotDialogBodyButtonDecline',
    '#CybotCookiebotDialogBodyLevelButtonLevelOptinDeclineAll',
    '#didomi-notice-disagree-button',
    '.didomi-continue-without-agreeing',
    '[data-testid="uc-deny-all-button"]',
    '.qc-cmp2-summary-buttons button[mode="secondary"]',
    'button.sp_choice_type_13',
    '.cmplz-deny',
    '.cky-btn-reject',
    '.cm-btn-decline',
    '.osano-cm-denyAll',
  ].join(',');
  const accepting = [
    '#onetrust-accept-btn-handler',
    '#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll',
    '#didomi-notice-agree-button',
    '[data-testid="uc-accept-all-button"]',
    '.qc-cmp2-summary-buttons button[mode="primary"]',
    'button.sp_choice_type_11',
    '.cmplz-accept',
    '.cky-btn-accept',
    '.cm-btn-success',
    '.osano-cm-acceptAll',
  ].join(',');
  const no =
    /^(?:(?:i )?(?:reject|decline|refuse|deny|disagree)(?: all)?(?: (?:cookies|optional cookies))?|no,? thanks?|(?:use )?(?:only )?(?:necessary|essential|required)(?: cookies)?(?: only)?|continue without (?:accepting|agreeing)|(?:alle|alles) ablehnen|ablehnen|nur (?:notwendige|erforderliche|essenzielle)(?: cookies)?|tout refuser|refuser(?: tout)?|continuer sans accepter|rifiuta(?: tutto| tutti)?|continua senza accettare|rechazar(?: todo| todas| todo)?|alles (?:weigeren|afwijzen)|weigeren|rejeitar(?: tudo| todos)?|recusar(?: tudo)?|odrzuć(?: wszystko| wszystkie)?|avvisa alla|avvis alle|afvis alle|hylkää kaikki|odmítnout vše|отклонить(?: все)?|すべて拒否|全部拒绝|모두 거부)$/iu;
  const yes =
    /^(?:(?:i )?(?:accept|allow|agree)(?: (?:to )?all)?(?: cookies)?|i consent|ok(?:ay)?|got it|(?:alle|alles) (?:akzeptieren|annehmen|zulassen)|akzeptieren|zustimmen|einverstanden|(?:tout )?accepter|j['’]accepte|accepter tout|accett[ao](?: tutto| tutti)?|aceptar(?: todo| todas)?|alles accepteren|accepteren|akkoord|aceitar(?: tudo| todos)?|akceptuj(?:ę)?(?: wszystkie| wszystko)?|godkänn alla|godta alle|accepter alle|hyväksy kaikki|přijmout vše|принять(?: все)?|すべて同意|全部接受|모두 동의)$/iu;
  const topic =
    /cookie|consent|privacy|personal data|gdpr|datenschutz|einwillig|zustimm|confidentialité|consentement|privacidad|consentimiento|riservatezza|consenso|toestemming|privacidade|prywatno|samtycke|samtykke|evästee|soukrom|конфиденц|プライバシー|隐私|개인정보/iu;
  const dialogs =
    'dialog,[role="dialog"],[role="alertdialog"],[aria-modal="true"],[id*="consent" i],[class*="consent" i],[id*="cookie" i],[class*="cookie" i],[id*="gdpr" i],[class*="gdpr" i],[id*="privacy" i],[class*="privacy" i],[id*="cmp" i]';
  const isVisible = (element: Element) => {
    const { width, height } = element.getBoundingClientRect();
    const { visibility, display } = getComputedStyle(element);
    return width > 1 && height > 1 && visibility !== 'hidden' && display !== 'none';
  };
  const wasPressed = (element: Element) => element.hasAttribute('data-pivot-pressed');
  const labelOf = (element: Element) =>
    (element.getAttribute('aria-label') ?? (element as HTMLInputElement).value ?? '') === '' ||
    (element.textContent ?? '').trim() !== ''
      ? (element.textContent ?? '').replaceAll(/\s+/gu, ' ').trim().slice(0, 80)
      : (element.getAttribute('aria-label') ?? (element as HTMLInputElement).value ?? '').trim().slice(0, 80);
  const roots: (Document | ShadowRoot)[] = [document];
  for (let at = 0; at < roots.length && roots.length < 200; at += 1) {
    let looked = 0;
    for (const element of roots[at]?.querySelectorAll('*') ?? []) {
      looked += 1;
      if (looked > 50_000) break;
      if (element.shadowRoot !== null) roots.push(element.shadowRoot);
    }
  }
  const isAboutConsent = (button: Element) => {
    // A page that is about nothing else has no dialog on it.
    if (/^consent\.|\/consent\b/iu.test(`${location.hostname}${location.pathname}`)) return true;
    let element: Element | null = button;
    for (let depth = 0; element !== null && depth < 20; depth += 1) {
      const dialog: Element | null = element.closest(dialogs);
      if (dialog !== null && topic.test(`${dialog.textContent ?? ''} ${dialog.id} ${dialog.className}`))
        return true;
      const root: Node = (dialog ?? element).getRootNode();
      element = dialog?.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
    }
    return window !== top && topic.test((document.body?.textContent ?? '').slice(0, 20_000));
  };
  const answers: { button: Element; label: string; refuses: boolean }[] = [];
  for (const root of roots) {
    for (const [selector, refuses] of [
      [refusing, true],
      [accepting, false],
    ] as const) {
      for (const button of root.querySelectorAll(selector)) {
        if (isVisible(button) && !wasPressed(button))
          answers.push({ button, label: labelOf(button), refuses });
      }
    }
    const buttons =
      'button,[role="button"],input[type="button"],input[type="submit"],a[href="#"],a:not([href])';
    for (const button of [...root.querySelectorAll(buttons)].slice(0, 2000)) {
      const label = labelOf(button).replace(/[.!»›→\s]+$/u, '');
      const refuses = no.test(label);
      if (!refuses && !yes.test(label)) continue;
      if (isVisible(button) && !wasPressed(button) && isAboutConsent(button))
        answers.push({ button, label, refuses });
    }
  }
  const answer = answers.find(({ refuses }) => refuses) ?? answers[0];
  answer?.button.setAttribute('data-pivot-pressed', '');
  return answer;
}

/** The button that skips an advertisement, where the player offers one, or else one that begins to play a video that is not there yet. */
export function findPlayerButton(kind: 'skip' | 'play'): Element | undefined {
  const selectors = {
    skip: '.ytp-skip-ad-button,.ytp-ad-skip-button,.ytp-ad-skip-button-modern,.videoAdUiSkipButton,.vjs-skip-ad-button,.jw-skip.jw-skippable,[class*="skip-ad" i],[class*="ad-skip" i]',
    play: '.ytp-large-play-button,.vjs-big-play-button,.jw-icon-display,.plyr__control--overlaid,.vp-play,[data-testid="play-button"],button[aria-label^="play" i],button[title^="play" i],[role="button"][aria-label^="play" i]',
  };
  const found = [...document.querySelectorAll(selectors[kind])].slice(0, 50).find((element) => {
    const { width, height } = element.getBoundingClientRect();
    const { visibility, display, pointerEvents } = getComputedStyle(element);
    const isThere = width > 1 && height > 1 && visibility !== 'hidden' && display !== 'none';
    return isThere && pointerEvents !== 'none' && !element.hasAttribute('data-pivot-pressed');
  });
  found?.setAttribute('data-pivot-pressed', '');
  return found;
}

/** Calls back when something about the page's videos changes, and after `mostMs` at the latest. */
export function waitForChange(mostMs: number, done: () => void): void {
  const events = ['loadedmetadata', 'durationchange', 'emptied', 'ended', 'error', 'resize', 'encrypted'];
  let timer: ReturnType<typeof setTimeout>;
  const finish = () => {
    clearTimeout(timer);
    observer.disconnect();
    for (const event of events) document.removeEventListener(event, finish, true);
    done();
  };
  const observer = new MutationObserver((records) => {
    const isWorth = records.some(
      ({ addedNodes, type }) =>
        type === 'attributes' ||
        [...addedNodes].some(
          (node) => node instanceof Element && node.matches('video,iframe,div,dialog,section'),
        ),
    );
    if (isWorth) finish();
  });
  timer = setTimeout(finish, mostMs);
  // Events of media do not bubble, but they are captured on their way down.
  for (const event of events) document.addEventListener(event, finish, true);
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ['class', 'src', 'hidden'] });
}
