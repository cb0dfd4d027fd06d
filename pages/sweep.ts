/** The page of a sweep. */
import { element, pageData } from './kit.js';

const data = pageData<{ result: { name: string } }>();
document.getElementById('page')?.replaceChildren(element('h1', {}, data.result.name));
