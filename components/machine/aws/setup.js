"use strict";

/** What `npm run up` needs on this computer for a machine of this kind. */
module.exports = {
  packages: [],
  // The official CLI downloads the plugin of AWS's provider, which has hundreds of MB.
  downloadsPlugins: true,
};
