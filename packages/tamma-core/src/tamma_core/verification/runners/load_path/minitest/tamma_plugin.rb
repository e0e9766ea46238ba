# Minitest finds this file by its name on the load path, and writes one JSON line a test by it:
# its own text report is mixed with what tests print.
require "json"

module Minitest
  class TammaReporter < AbstractReporter
    def initialize(path)
      super()
      @path = path
    end

    def record(result)
      outcome = result.skipped? ? "skipped" : result.error? ? "error" : result.passed? ? "passed" : "failed"
      owner = result.respond_to?(:klass) ? result.klass : result.class.name
      message = result.failures.map { |failure| failure.message.to_s }.join("\n")[-20_000..] || result.failures.map { |failure| failure.message.to_s }.join("\n")
      write("name" => "#{owner}##{result.name}", "outcome" => outcome, "message" => message.scrub)
    end

    def report
      write("ended" => true)
    end

    def passed?
      true
    end

    private

    def write(entry)
      File.open(@path, "a") { |file| file.write(JSON.generate(entry) + "\n") }
    end
  end

  def self.plugin_tamma_init(_options)
    path = ENV["TAMMA_REPORT"]
    reporter << TammaReporter.new(path) if path
  end
end
