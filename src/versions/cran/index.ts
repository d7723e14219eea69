/** R packages: numbers separated by dots or hyphens; 0.1.0 < 0.1.0.0. */
import { defineDotted } from '../dotted.ts';

export const cran = defineDotted(
  {
    id: 'cran',
    specification: ['https://cran.r-project.org/doc/manuals/r-release/R-exts.html#The-DESCRIPTION-file'],
    examples: ['0.1-2', '1.0.3', '0.01.0'],
  },
  /[.-]/,
);
