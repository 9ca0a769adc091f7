export { launchBrowser } from './browser/launch-browser.js'
export { openPage, type WatchedPage } from './browser/open-page.js'
