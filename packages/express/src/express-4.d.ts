/** Express 4 beside Express 5, for the tests: what they use of it has the same types. */
declare module 'express-4' {
  export { default } from 'express'
}
