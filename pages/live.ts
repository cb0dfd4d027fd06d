/** The live page. */
import { element, pageData } from './kit.js';

const data = pageData<{ folder: string }>();
document.getElementById('page')?.replaceChildren(element('h1', {}, data.folder));
