/** What runs in the page: shows the data that the page holds. */
import { render } from 'preact';

import type { PageData } from '../page-data.js';
import { App } from './app.js';

const data = JSON.parse(document.getElementById('data')!.textContent) as PageData;
document.title = `${data.title}: async leaks`;
render(<App data={data} />, document.getElementById('app')!);
