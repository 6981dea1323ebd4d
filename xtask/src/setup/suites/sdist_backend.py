"""Stands in for the build backend of a source package while pip downloads it.

pip asks the backend for the package's name and version. The package's own backend would run its
code for that; this one takes them from the file PKG-INFO, which every source package contains.
"""

import email
import os
import shutil


class Backend:
    """The hooks of PEP 517 that pip calls."""

    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, metadata_directory, config_settings=None):
        with open("PKG-INFO", encoding="utf-8") as file:
            fields = email.message_from_file(file)
        name = fields["Name"].replace("-", "_")
        folder = f"{name}-{fields['Version']}.dist-info"
        os.mkdir(os.path.join(metadata_directory, folder))
        shutil.copy("PKG-INFO", os.path.join(metadata_directory, folder, "METADATA"))
        return folder


__legacy__ = Backend()
get_requires_for_build_wheel = __legacy__.get_requires_for_build_wheel
prepare_metadata_for_build_wheel = __legacy__.prepare_metadata_for_build_wheel
