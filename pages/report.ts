/** The report of one run. */
import { element, pageData } from './kit.js';

const data = pageData<{ name: string }>();
document.getElementById('page')?.replaceChildren(element('h1', {}, data.name));
