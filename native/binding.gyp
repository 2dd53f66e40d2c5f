{
  'variables': { 'sanitize%': '' },
  'targets': [{
    'target_name': 'fusewire',
    'sources': ['<!@(ls src/*.cc)'],
    'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
    'defines': ['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS', '_FILE_OFFSET_BITS=64', '_GNU_SOURCE'],
    'cflags!': ['-fno-exceptions'],
    'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=gnu++20', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-Wno-cast-function-type',
                  '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti', '-fno-strict-aliasing'],
    'conditions': [
      ['sanitize!=""', {
        'cflags_cc': ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=<(sanitize)'],
        'ldflags': ['-fsanitize=<(sanitize)'],
      }, {
        'cflags_cc': ['-O2'],
      }],
    ],
  }],
}
