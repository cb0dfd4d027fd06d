/** What all pages are made of, without a framework: elements, tables and charts. */
export { type Bar, histogram, shares } from './kit/bars.js';
export { type Curves, type CurvesChart, curves, type Series } from './kit/curves.js';
export { type Child, element, figureOf, pageData, section } from './kit/dom.js';
export { type Matrix, matrix } from './kit/matrix.js';
export { count, duration, figure, megabytes, moment, percent, rowsText } from './kit/numbers.js';
export { bytesOf, diverging, type Picture, picture, raster } from './kit/picture.js';
export { type Axis, type Line, type Plot, type Point, plot } from './kit/plot.js';
export { type Cell, facts, numbers, type Table, table } from './kit/tables.js';
