/** What the preset loads in the process of Jest's command, and only there. */
export { followOpened } from '../process/opened.js';
