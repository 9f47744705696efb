import { speak, type Translations } from '../src/l10n.js';

/** The page brings its translations along; the editor wrote them. To be loaded before any text is said. */
const { translations } = document.querySelector('main')?.dataset ?? {};
if (translations) speak(JSON.parse(translations) as Translations);
