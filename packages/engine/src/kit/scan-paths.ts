/** Where a scan's tool has what, inside its container. */
export const scanPaths = {
  /** The image under test, as `docker save` writes it. */
  archive: '/scan/image.tar',
  /** A folder to write in; it goes with the container. */
  temp: '/scan/temp',
  report: '/scan/temp/report.json',
  /** The folder of the vulnerability database, kept from scan to scan; only an update may write there. */
  database: '/scan-database/content',
} as const
