/** Dark or light, by the reader's choice. */
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

import type { Palette } from './draw.js';

export type Theme = 'auto' | 'light' | 'dark';

export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const KEY = 'async-leaks-theme';

function stored(): Theme {
  try {
    const theme = localStorage.getItem(KEY) as Theme;
    return THEMES.includes(theme) ? theme : 'auto';
  } catch {
    return 'auto'; // a page of a file may have no storage
  }
}

/** The theme, what sets it, and a number that changes whenever the colours do. */
export function useTheme(): { theme: Theme; setTheme: (theme: Theme) => void; version: number } {
  const [theme, setTheme] = useState(stored);
  const [version, setVersion] = useState(0);
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // then it holds for this visit
    }
    setVersion((last) => last + 1);
  }, [theme]);
  useEffect(() => {
    const queries = ['(prefers-color-scheme: dark)', 'print'].map((query) => matchMedia(query));
    const changed = (): void => setVersion((last) => last + 1);
    for (const query of queries) query.addEventListener('change', changed);
    return () => {
      for (const query of queries) query.removeEventListener('change', changed);
    };
  }, []);
  return { theme, setTheme, version };
}

const COLOURS = [
  'ink',
  'muted',
  'line',
  'surface',
  'file',
  'test',
  'accent',
  'mark',
  'failed',
  'warned',
  'allowed',
  'known',
  'recorded',
] as const;

/** The colours as they are now, for what is drawn. */
export function readPalette(): Palette {
  const probe = document.body.appendChild(document.createElement('i'));
  const entries = COLOURS.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as Palette;
}
