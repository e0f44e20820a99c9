/** What renders into a DOM. */
import type { LibraryTable } from './library.js';

export const dom: LibraryTable = {
  // What an effect starts is the user's own; the effect's cleanup ends it, once the component goes.
  'react-dom': { noun: 'a root of React', ends: 'root.unmount()', starts: 'commitHookEffectListMount' },
  jsdom: { noun: 'a jsdom window', ends: 'window.close()' },
  '@testing-library/dom': {
    noun: 'a search of Testing Library',
    ends: 'await screen.findByText(…)',
    of: { waitFor: { noun: 'a waitFor of Testing Library', ends: 'await waitFor(…)' } },
  },
  '@testing-library/react': { noun: 'a rendered component', ends: 'cleanup()' },
  'happy-dom': { noun: 'a happy-dom window', ends: 'await window.happyDOM.close()' },
};
