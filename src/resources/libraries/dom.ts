/** What renders into a DOM. */
import type { LibraryTable } from './library.js';

export const dom: LibraryTable = {
  'react-dom': { noun: 'a root of React', ends: 'root.unmount()' },
  jsdom: { noun: 'a jsdom window', ends: 'window.close()' },
  '@testing-library/dom': {
    noun: 'a search of Testing Library',
    ends: 'await screen.findByText(…)',
    of: { waitFor: { noun: 'a waitFor of Testing Library', ends: 'await waitFor(…)' } },
  },
  '@testing-library/react': { noun: 'a rendered component', ends: 'cleanup()' },
  'happy-dom': { noun: 'a happy-dom window', ends: 'await window.happyDOM.close()' },
};
